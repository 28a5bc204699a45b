// Sorting and filtering of tables, and pages that update by themselves. All works without it, but for these.
"use strict";

const main = document.querySelector("main");
const filter = document.getElementById("filter");
const sorted = new Map(); // per table of the page: {column, descending}

// ---- times: the server's, with its offset, in the reader's own zone

function localTime(element) {
	const at = new Date(element.dateTime), two = (n) => String(n).padStart(2, "0");
	if (isNaN(at))
		return;
	element.title = element.textContent;
	element.textContent = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ` +
		`${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

// ---- sorting

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
	const wanted = rows.slice().sort((a, b) => compare(cellKey(a, order.column), cellKey(b, order.column)) * (order.descending ? -1 : 1));
	if (wanted.some((row, i) => row !== rows[i]))
		body.append(...wanted);
	Array.from(table.tHead.rows[0].cells).forEach((th, i) =>
		i === order.column ? th.setAttribute("aria-sort", order.descending ? "descending" : "ascending") : th.removeAttribute("aria-sort"));
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

// ---- filtering: words that a row has somewhere, or "rule:memory", in the column whose title begins so

function hasWord(row, word) {
	const [, title, text] = word.match(/^([^:]+):(.*)$/) || [];
	const cells = Array.from(row.cells);
	const ofColumn = title && cells.filter((cell) => (cell.dataset.label || "").toLowerCase().startsWith(title));
	if (ofColumn && ofColumn.length)
		return ofColumn.some((cell) => cell.textContent.toLowerCase().includes(text));
	return cells.map((cell) => cell.textContent).join(" ").toLowerCase().includes(word);
}

function applyFilter() {
	const words = filter ? filter.value.toLowerCase().split(/\s+/).filter(Boolean) : [];
	for (const table of document.querySelectorAll("#live table")) {
		let shown = 0;
		for (const row of table.tBodies[0].rows) {
			row.hidden = !words.every((w) => hasWord(row, w));
			shown += !row.hidden;
		}
		table.classList.toggle("nothing", words.length > 0 && !shown);
	}
	for (const group of document.querySelectorAll("#live details.group"))
		group.hidden = Boolean(group.querySelector("table.nothing"));
	const nothing = document.getElementById("nothing");
	if (nothing)
		nothing.hidden = !words.length || Boolean(document.querySelector("#live tbody tr:not([hidden])"));
}

function keepFilter() {
	const url = new URL(location.href);
	if (filter.value)
		url.searchParams.set("filter", filter.value);
	else
		url.searchParams.delete("filter");
	history.replaceState(null, "", url);
}

if (filter) {
	filter.value = new URL(location.href).searchParams.get("filter") || "";
	filter.addEventListener("input", () => {
		applyFilter();
		keepFilter();
	});
	filter.form.addEventListener("submit", (event) => {
		if (document.activeElement === filter)
			event.preventDefault();
	});
}

main.addEventListener("change", (event) => {
	if (event.target.type === "checkbox")
		event.target.form.submit();
});

// ---- updating: what has not changed stays as it is, with selection, focus and what was opened

const OURS = new Set(["open", "hidden", "aria-sort", "title", "class"]);

function copyAttributes(old, fresh) {
	for (const {name, value} of fresh.attributes)
		if (old.getAttribute(name) !== value && !(name === "open" && old.tagName === "DETAILS"))
			old.setAttribute(name, value);
	for (const {name} of Array.from(old.attributes))
		if (!fresh.hasAttribute(name) && !OURS.has(name))
			old.removeAttribute(name);
}

const keyOf = (node) => (node.dataset && node.dataset.key ? node.dataset.key : null);

// Rows that the reader has sorted stay where they are; sortTable() moves them if that is due.
function isSortedBody(node) {
	return node.nodeName === "TBODY" && Boolean(node.parentNode.querySelector("th[aria-sort]"));
}

function morphChildren(old, fresh) {
	const wanted = new Set(Array.from(fresh.childNodes, keyOf));
	Array.from(old.childNodes).filter((n) => keyOf(n) && !wanted.has(keyOf(n))).forEach((n) => n.remove());
	const keyed = new Map(Array.from(old.childNodes).filter(keyOf).map((n) => [keyOf(n), n]));
	const stay = isSortedBody(old);
	let at = old.firstChild;
	for (const want of Array.from(fresh.childNodes)) {
		const key = keyOf(want);
		while (stay && at && keyOf(at))
			at = at.nextSibling;
		const have = key ? keyed.get(key) : at && !keyOf(at) ? at : null;
		if (have && have === at)
			at = at.nextSibling;
		else if (have && !stay)
			old.insertBefore(have, at);
		if (have)
			morph(have, want);
		else
			old.insertBefore(want, at);
	}
	while (at) {
		const next = at.nextSibling;
		if (!keyOf(at))
			at.remove();
		at = next;
	}
}

function morph(old, fresh) {
	if (old.isEqualNode(fresh))
		return;
	if (old.nodeType !== fresh.nodeType || old.nodeName !== fresh.nodeName || old.nodeType === Node.TEXT_NODE) {
		old.replaceWith(fresh);
		return;
	}
	copyAttributes(old, fresh);
	morphChildren(old, fresh);
}

function arrange() {
	document.querySelectorAll("table").forEach(sortTable);
	applyFilter();
}

async function refresh() {
	try {
		const answer = await fetch(location.href, {headers: {Accept: "text/html"}});
		const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
		fresh.querySelectorAll("time").forEach(localTime);
		for (const part of ["#live", "footer"])
			morph(document.querySelector(part), fresh.querySelector(part));
		document.body.classList.remove("stale");
		main.dataset.refreshed = Number(main.dataset.refreshed || 0) + 1;
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

document.querySelectorAll("time").forEach(localTime);
arrange();
if (Number(main.dataset.refresh) && document.getElementById("live"))
	keepFresh(Number(main.dataset.refresh));
