// Sends the response on (OAuth 2.0 Form Post Response Mode §2). The prototype's own method:
// a parameter named "submit" would hide the form's.
const form = document.querySelector("form[data-form-post]");
HTMLFormElement.prototype.submit.call(form);
