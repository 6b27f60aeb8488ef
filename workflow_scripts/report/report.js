// A click on a heading sorts its table by that column, the next click the other way round. Cells are compared by the
// number they begin with, where all begin with one, else as text; what is missing comes last.
"use strict";

const MISSING = ["", "–"];

function leadingNumber(text) {
  const found = /^[-+−]?\d+(\.\d+)?(e[-+]?\d+)?(?=$|[\s(%*±])/.exec(text.replaceAll(",", ""));
  return found ? Number(found[0].replace("−", "-")) : NaN;
}

function sortRows(body, column, sign) {
  const rows = Array.from(body.rows, (row) => ({ row, text: row.cells[column].textContent.trim() }));
  const said = rows.filter(({ text }) => !MISSING.includes(text));
  const missing = rows.filter(({ text }) => MISSING.includes(text));
  const numbers = said.every(({ text }) => !Number.isNaN(leadingNumber(text)));
  const compare = numbers
    ? (a, b) => leadingNumber(a.text) - leadingNumber(b.text)
    : (a, b) => a.text.localeCompare(b.text, "en", { numeric: true });
  said.sort((a, b) => sign * compare(a, b));
  body.append(...[...said, ...missing].map(({ row }) => row));
}

for (const table of document.querySelectorAll("table")) {
  const body = table.tBodies[0];
  if (!table.tHead || !body || body.rows.length < 2) continue;
  const headings = Array.from(table.tHead.rows[0].cells);
  headings.forEach((heading, column) => {
    const button = document.createElement("button");
    button.append(...heading.childNodes);
    heading.append(button);
    button.addEventListener("click", () => {
      const descending = heading.getAttribute("aria-sort") === "ascending";
      headings.forEach((other) => other.removeAttribute("aria-sort"));
      heading.setAttribute("aria-sort", descending ? "descending" : "ascending");
      sortRows(body, column, descending ? -1 : 1);
    });
  });
}
