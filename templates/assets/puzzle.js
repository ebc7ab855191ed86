// Solves the puzzle of the form for signing up (ALTCHA, version 2), while people fill it in.
// The only script of the site, and only where the puzzle is asked for.

const form = document.querySelector("form[data-puzzle]");
const challenge = JSON.parse(form.dataset.puzzle);
const bytesOf = (hex) => Uint8Array.from(hex.match(/../g), (pair) => parseInt(pair, 16));
const hexOf = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

async function solve({ nonce, salt, cost, keyLength, keyPrefix }) {
  const start = bytesOf(nonce);
  const derive = { name: "PBKDF2", hash: "SHA-256", salt: bytesOf(salt), iterations: cost };
  const password = new Uint8Array(start.length + 4);
  password.set(start);
  for (let counter = 0; ; counter += 1) {
    new DataView(password.buffer).setUint32(start.length, counter);
    const key = await crypto.subtle.importKey("raw", password, "PBKDF2", false, ["deriveBits"]);
    const derivedKey = hexOf(new Uint8Array(await crypto.subtle.deriveBits(derive, key, keyLength * 8)));
    if (derivedKey.startsWith(keyPrefix)) return { counter, derivedKey };
  }
}

const solved = solve(challenge.parameters);

form.addEventListener("submit", async (event) => {
  if (form.elements.altcha.value) return;
  event.preventDefault();
  const { submitter } = event;
  form.setAttribute("aria-busy", "true");
  form.elements.altcha.value = btoa(JSON.stringify({ challenge, solution: await solved }));
  // A form that is being sent cannot be sent again before this event has passed.
  setTimeout(() => form.requestSubmit(submitter));
});
