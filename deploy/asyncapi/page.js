"use strict";
const entries = [...document.querySelectorAll("main > details[id]")];
const texts = new Map(entries.map((entry) => [entry, entry.textContent.toLowerCase()]));
document.getElementById("find").addEventListener("input", (event) => {
  const words = event.target.value.toLowerCase().split(/\s+/).filter(Boolean);
  for (const entry of entries) entry.hidden = !words.every((word) => texts.get(entry).includes(word));
});
const open = () => {
  const entry = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (entry && entry.tagName === "DETAILS") { entry.hidden = false; entry.open = true; entry.scrollIntoView(); }
};
addEventListener("hashchange", open);
open();
