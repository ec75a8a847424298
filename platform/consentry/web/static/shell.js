// Comforts of the shell only: every page is complete without this file.

const dialog = document.getElementById("dialog");

// A question opens over the page it was asked on. Its address opens as a page where it cannot.
let asked = null;
document.addEventListener("click", (event) => {
  const link = event.target.closest("a");
  if (link?.matches("[data-ask]")) asked = link;
  if (link?.matches("#dialog [data-cancel]")) {
    event.preventDefault();
    dialog.close();
  }
});
document.addEventListener("htmx:after:swap", () => {
  localTimes();
  if (!asked || dialog.open) return;
  if (!dialog.querySelector("#ask")) location.assign(asked.href);
  else dialog.showModal();
});
dialog.addEventListener("click", (event) => {
  if (event.target === dialog) dialog.close();
});
dialog.addEventListener("close", () => {
  dialog.replaceChildren();
  asked?.focus();
  asked = null;
});

// Colours change at once; the choice is kept by the same request the form would send.
for (const form of document.querySelectorAll("[data-theme-switch]")) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const chosen = event.submitter;
    const body = new URLSearchParams(new FormData(form, chosen));
    for (const button of form.querySelectorAll("button")) {
      button.setAttribute("aria-pressed", String(button === chosen));
    }
    if (chosen.value === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = chosen.value;
    fetch(form.action, { method: "POST", body, redirect: "manual" });
  });
}

// "/" leads to the search, unless something is being typed.
document.addEventListener("keydown", (event) => {
  const isTyping = event.target.matches("input, textarea, select");
  const search = document.querySelector("[data-search]");
  if (event.key !== "/" || isTyping || !search || dialog.open) return;
  event.preventDefault();
  search.focus();
  search.select();
});

// Copy, where the browser lets us.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
  const label = button.firstChild;
  const words = label.data;
  label.data = button.dataset.copied;
  setTimeout(() => { label.data = words; }, 2000);
});
if (navigator.clipboard) {
  for (const button of document.querySelectorAll("[data-copy]")) button.hidden = false;
}

// What was done is said once: a reload does not say it again. Put in anew, it is read aloud.
const toast = document.querySelector("[data-toast]");
if (toast) {
  const address = new URL(location.href);
  address.searchParams.delete("done");
  history.replaceState(history.state, "", address);
  setTimeout(() => toast.append(toast.lastElementChild), 100);
}
