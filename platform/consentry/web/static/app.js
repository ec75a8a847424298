// Comforts only: every page is complete without this file.

// A form is not sent twice by a double click. A page the browser brings back from its history,
// or that stays because the answer opened an app on the device, starts afresh.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.sent) return event.preventDefault();
  form.dataset.sent = "true";
  setTimeout(() => delete form.dataset.sent, 8000);
});
addEventListener("pageshow", () => {
  for (const form of document.forms) delete form.dataset.sent;
});

// Passwords can be shown.
for (const button of document.querySelectorAll("[data-reveal]")) {
  const input = document.getElementById(button.dataset.reveal);
  const [show, hide] = [button.textContent, button.dataset.hide];
  button.hidden = false;
  button.addEventListener("click", () => {
    const shown = input.type === "text";
    input.type = shown ? "password" : "text";
    button.textContent = shown ? show : hide;
    button.setAttribute("aria-pressed", String(!shown));
    input.focus();
  });
  input.form.addEventListener("submit", () => { input.type = "password"; });
}

// Times in the reader's zone; the exact one on hover.
function localTimes() {
  const lang = document.documentElement.lang;
  for (const time of document.querySelectorAll("time[datetime]:not([data-local])")) {
    const moment = new Date(time.dateTime);
    const shown = "exact" in time.dataset
      ? { dateStyle: "medium", timeStyle: "short" }
      : { dateStyle: "medium" };
    time.textContent = moment.toLocaleString(lang, shown);
    time.title = moment.toLocaleString(lang, { dateStyle: "full", timeStyle: "long" });
    time.dataset.local = "";
  }
}
localTimes();
