// An app that does not answer must not keep people here: after five seconds the page moves on.
const onward = document.querySelector("main a[href]");
setTimeout(() => location.replace(onward.href), 5000);
