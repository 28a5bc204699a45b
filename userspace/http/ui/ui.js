// Sorting and filtering of tables, and pages that update by themselves. All works without it, but for these.
"use strict";

const main = document.querySelector("main");
const filter = document.getElementById("filter");
const sorted = new Map(); // per table of the page: {column, descending}

function cellKey(row, column) {
	const cell = row.cells[column];
	return cell.dataset.sort === undefined ? cell.textContent.trim() : Number(cell.dataset.sort);
}

function compare(a, b) {
	return typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b), undefined, {numeric: true});
}

function sortTable(table, index) {
	const order = sorted.get(index);
	if (!order || !table.tBodies.length)
		return;
	const body = table.tBodies[0], rows = Array.from(body.rows);
	rows.sort((a, b) => compare(cellKey(a, order.column), cellKey(b, order.column)) * (order.descending ? -1 : 1));
	body.append(...rows);
	Array.from(table.tHead.rows[0].cells).forEach((th, i) =>
		i === order.column ? th.setAttribute("aria-sort", order.descending ? "descending" : "ascending") : th.removeAttribute("aria-sort"));
}

function applyFilter() {
	const words = filter ? filter.value.toLowerCase().split(/\s+/).filter(Boolean) : [];
	for (const row of document.querySelectorAll("#live tbody tr")) {
		const text = Array.from(row.cells, (cell) => cell.textContent).join(" ").toLowerCase();
		row.hidden = !words.every((w) => text.includes(w));
	}
}

function arrange() {
	document.querySelectorAll("table").forEach(sortTable);
	applyFilter();
}

main.addEventListener("click", (event) => {
	const th = event.target.closest("th");
	if (!th)
		return;
	const table = th.closest("table"), index = Array.from(document.querySelectorAll("table")).indexOf(table);
	const before = sorted.get(index);
	sorted.set(index, {column: th.cellIndex, descending: before && before.column === th.cellIndex ? !before.descending : th.classList.contains("number")});
	sortTable(table, index);
});

main.addEventListener("change", (event) => {
	if (event.target.type === "checkbox")
		event.target.form.submit();
});

if (filter) {
	filter.addEventListener("input", applyFilter);
	filter.form.addEventListener("submit", (event) => {
		if (document.activeElement === filter)
			event.preventDefault();
	});
}

async function refresh() {
	try {
		const answer = await fetch(location.href, {headers: {Accept: "text/html"}});
		const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
		for (const part of ["#live", "footer"])
			document.querySelector(part).replaceWith(fresh.querySelector(part));
		document.body.classList.remove("stale");
		arrange();
	} catch (e) {
		document.body.classList.add("stale");
	}
}

async function keepFresh(seconds) {
	for (;;) {
		await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
		if (!document.hidden)
			await refresh();
	}
}

if (Number(main.dataset.refresh) && document.getElementById("live"))
	keepFresh(Number(main.dataset.refresh));
