"use strict";
(() => {
  const table = document.getElementById("tab-organisations");
  const tools = document.getElementById("tools");
  if (!table || !tools) return;
  const body = table.tBodies[0];
  const rows = Array.from(body.rows);
  const input = tools.querySelector("input");
  const status = tools.querySelector("[role=status]");
  const plain = (text) =>
    text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").replace(/[đĐ]/g, "d").toLowerCase();
  const names = new Map(rows.map((row) => [row, plain(row.dataset.name + " " + row.dataset.code)]));
  tools.hidden = false;

  input.addEventListener("input", () => {
    const wanted = plain(input.value.trim());
    let shown = 0;
    for (const row of rows) {
      row.hidden = !names.get(row).includes(wanted);
      shown += row.hidden ? 0 : 1;
    }
    status.textContent = status.dataset.said.replace("{shown}", shown).replace("{total}", rows.length);
  });

  const heads = Array.from(table.querySelectorAll("th[data-column]"));
  const key = (row, column) => row.cells[column].dataset.key;
  const compare = (one, other, column, direction) => {
    const [a, b] = [key(one, column), key(other, column)];
    if (a === "" || b === "") return (a === "") - (b === "");
    const order = isNaN(a) || isNaN(b) ? a.localeCompare(b, "vi") : a - b;
    return direction * order;
  };
  for (const head of heads) {
    // No button element: browsers leave those out where a head is repeated on the next sheet of paper.
    const button = document.createElement("span");
    button.setAttribute("role", "button");
    button.tabIndex = 0;
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      button.click();
    });
    button.addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") === "ascending";
      for (const other of heads) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const column = Number(head.dataset.column);
      const sorted = rows
        .filter((row) => !row.classList.contains("nation"))
        .sort((one, other) => compare(one, other, column, down ? -1 : 1));
      body.append(...rows.filter((row) => row.classList.contains("nation")), ...sorted);
    });
  }
})();
