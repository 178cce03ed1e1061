// What makes the pages smoother. Every page works without it: each part below has its plain twin in the HTML.

// The countdown of a held visit. [data-until] is when it ends and [data-now] the server's moment at which the page was made,
// so a wrong clock in this browser does not matter. A page that came back from the cache trusts this browser's clock.
const cameBack = performance.getEntriesByType("navigation")[0]?.type === "back_forward";

function offset(ring) {
  ring.offset ??= cameBack || !ring.dataset.now ? 0 : Date.parse(ring.dataset.now) - Date.now();
  return ring.offset;
}

function tick() {
  for (const ring of document.querySelectorAll("[data-until]")) {
    const left = Math.max(0, Math.round((Date.parse(ring.dataset.until) - Date.now() - offset(ring)) / 1000));
    ring.textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
    ring.style.setProperty("--left", Math.min(100, (100 * left) / (ring.dataset.total || 900)));

    const hold = ring.closest("[data-hold]");
    const status = hold?.querySelector("[data-soon]");
    const words = left === 0 ? "over" : left <= 120 ? "soon" : "";
    hold?.classList.toggle("hold--ending", Boolean(words));
    hold?.classList.toggle("hold--over", words === "over");
    if (words && status && status.said !== words) {
      status.said = words;
      status.textContent = status.dataset[words]; // said once by screen readers
    }
  }
}

// Whoever made a mistake is taken to the list of what is wrong.
function showErrors() {
  document.querySelector(".error-summary")?.focus();
}

// The stepper's buttons change the field between them; a form with [data-autosubmit] then sends itself.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-step]");
  const field = button?.parentElement.querySelector("input");
  if (!field) return;
  button.dataset.step > 0 ? field.stepUp() : field.stepDown();
  field.dispatchEvent(new Event("change", { bubbles: true }));
});

document.addEventListener("change", (event) => {
  const form = event.target.form;
  if (form?.matches("[data-autosubmit]")) form.requestSubmit();
});

// Enter is a change and a submit: the second of the two is not sent, or nought would take the line out twice.
document.addEventListener(
  "submit",
  (event) => {
    const form = event.target;
    if (!form.matches("[data-autosubmit]")) return;
    const asked = new URLSearchParams(new FormData(form)).toString();
    if (form.asked === asked) return event.preventDefault(), event.stopImmediatePropagation();
    form.asked = asked;
    setTimeout(() => (form.asked = null), 1000);
  },
  { capture: true },
);

// Adding a product without leaving the page. The answer is the page that a browser without script would see: its basket
// is taken from there. Anything unexpected is left to the browser, by sending the form the plain way.
document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches("[data-add]") || form.isPlain) return;
  event.preventDefault();
  const button = event.submitter ?? form.querySelector("button");
  if (button.ariaDisabled === "true") return;
  const body = new FormData(form, event.submitter);
  button.ariaDisabled = "true";
  try {
    const answer = await fetch(form.action, { method: "POST", body });
    const basket = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-basket]");
    if (!answer.ok || !answer.redirected || !basket) throw answer;
    document.querySelector("[data-basket]").replaceWith(basket);
    toast("added");
    button.classList.add("is-added");
    setTimeout(() => button.classList.remove("is-added"), 2000);
  } catch {
    form.isPlain = true; // and with the button that was pressed, which says what to add
    button.ariaDisabled = null;
    form.requestSubmit(event.submitter);
  } finally {
    button.ariaDisabled = null;
  }
});

let fading;
function toast(name) {
  const place = document.querySelector("[data-toasts]");
  place.replaceChildren(document.querySelector(`[data-toast="${name}"]`).content.cloneNode(true));
  clearTimeout(fading);
  fading = setTimeout(() => place.replaceChildren(), 6000);
}

tick();
setInterval(tick, 1000);
showErrors();
document.addEventListener("htmx:after:swap", () => {
  document.querySelector("main:has(> #basket) > .messages")?.remove(); // the press before the last; the basket brings its own
  tick();
  showErrors();
});
