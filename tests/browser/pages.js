// The status pages in a real browser.   node pages.js URL CHECK [ARGUMENT]
// Fails on any console message, script error or request to another origin: under the pages' strict
// Content-Security-Policy what is injected shows up as one of these.
"use strict";
const {chromium} = require("playwright-core");
const assert = require("node:assert");

const [base, check, argument] = process.argv.slice(2);
const paths = ["/", "/recent", "/containers", "/host", "/owners", "/history", "/rules", "/request_rules", "/whitelist_rules", "/triggers", "/config",
	"/?show_all_violated_rules=1&show_image_and_labels=1&show_exemptions=1"];
const problems = [];

async function open(browser, options, path) {
	const page = await (await browser.newContext(options)).newPage();
	page.setDefaultTimeout(120000);
	page.on("console", (m) => problems.push(`${path}: ${m.text()}`));
	page.on("pageerror", (e) => problems.push(`${path}: ${e.message}`));
	page.on("dialog", (d) => problems.push(`${path}: a dialog, ${d.message()}`) && d.dismiss());
	page.on("request", (r) => r.url().startsWith(base) || r.url().startsWith("data:") || problems.push(`${path}: asks ${r.url()}`));
	await page.goto(base + path);
	return page;
}

// The page has updated by itself from now on.
async function updated(page) {
	const count = () => Number(document.querySelector("main").dataset.refreshed || 0);
	const before = await page.evaluate(count);
	await page.waitForFunction((n) => Number(document.querySelector("main").dataset.refreshed || 0) > n, before);
}

const wide = {viewport: {width: 1600, height: 900}}, phone = {viewport: {width: 360, height: 740}, isMobile: true};

const checks = {
	// every page on a phone and a wide screen: nothing sticks out, headings and menu are there
	async layout(browser) {
		for (const options of [wide, phone]) {
			for (const path of paths) {
				const page = await open(browser, options, path);
				const room = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
				assert.ok(room <= 0, `${path} is ${room} px too wide at ${options.viewport.width}`);
				assert.ok(await page.locator("h1").isVisible());
				assert.equal(await page.locator("nav a[aria-current=page]").count(), 1);
				await page.context().close();
			}
		}
	},
	// dark where the reader's system is dark, with readable contrast in both
	async colours(browser) {
		const seen = [];
		for (const colorScheme of ["light", "dark"]) {
			const page = await open(browser, {...wide, colorScheme}, "/containers");
			const [ink, paper] = await page.evaluate(() => {
				const luminance = (rgb) => rgb.match(/\d+/g).slice(0, 3).map((c) => c / 255)
					.map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
					.reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
				const style = getComputedStyle(document.body);
				return [luminance(style.color), luminance(style.backgroundColor)];
			});
			const contrast = (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
			assert.ok(contrast > 7, `contrast ${contrast} in ${colorScheme}`);
			seen.push(paper);
		}
		assert.ok(seen[0] > 0.7 && seen[1] < 0.1, `backgrounds ${seen}`);
	},
	// waits until the container named by the argument is shown, without a reload of ours
	async live(browser) {
		const page = await open(browser, wide, "/containers");
		await page.evaluate(() => (window.notReloaded = true));
		console.log("open");
		const row = page.locator("tbody tr", {hasText: argument});
		await row.waitFor();
		await page.waitForFunction((name) => {
			const row = Array.from(document.querySelectorAll("tbody tr")).find((r) => r.textContent.includes(name));
			return row && /[1-9][0-9.]* %/.test(row.cells[1].textContent) && /[KMG]iB/.test(row.cells[2].textContent);
		}, argument);
		assert.ok(await page.evaluate(() => window.notReloaded));
	},
	// filter and sort stay through an update, and the filter in the address
	async sort(browser) {
		const page = await open(browser, wide, "/recent");
		const names = () => page.locator("tbody tr:visible strong").allTextContents();
		await page.locator("th button", {hasText: "Container"}).click();
		assert.deepEqual(await names(), ["one", "three", "two"]);
		await page.locator("th button", {hasText: "Container"}).click();
		assert.deepEqual(await names(), ["two", "three", "one"]);
		await page.fill("#filter", "t");
		await page.fill("#filter", "tw");
		assert.deepEqual(await names(), ["two"]);
		await updated(page);
		assert.deepEqual(await names(), ["two"]);
		await page.fill("#filter", "container:two violated:limit");
		assert.deepEqual(await names(), ["two"]);
		await page.reload();
		assert.deepEqual(await names(), ["two"]);
		await page.fill("#filter", "container:limit");
		assert.ok(await page.locator("#nothing").isVisible());
		await page.fill("#filter", "");
		assert.ok(!(await page.locator("#nothing").isVisible()));
		assert.equal((await names()).length, 3);
	},
	// what is selected, focused and opened stays so while the rows around it change
	async kept(browser) {
		const page = await open(browser, wide, "/");
		await page.locator("details.group summary").click();
		const row = page.locator("#live > table tbody tr", {hasText: "two"});
		await row.locator("strong").evaluate((e) => getSelection().selectAllChildren(e));
		await page.locator("#live > table th button").first().focus();
		await row.evaluate((e) => (e.ours = true));
		const seen = () => page.locator("#live > table td[data-label=Times]").first().textContent();
		const before = await seen();
		console.log("open");
		await page.waitForFunction((text) => document.querySelector("#live > table td[data-label=Times]").textContent !== text, before);
		assert.equal(await page.evaluate(() => getSelection().toString().trim()), "two");
		assert.equal(await page.evaluate(() => document.activeElement.tagName), "BUTTON");
		assert.ok(await page.locator("details.group").evaluate((e) => e.open));
		assert.ok(await row.evaluate((e) => e.ours));
	},
	// violated now: by rule, by container, each opening to its rows
	async now(browser) {
		const page = await open(browser, wide, "/");
		assert.match(await page.locator(".figures").innerText(), /3\s+containers\s+3\s+violating now/);
		assert.equal(await page.locator("details.group").count(), 1);
		assert.match(await page.locator("details.group summary").innerText(), /must have memory limit\s+3 violations/);
		await page.locator("details.group summary").click();
		assert.deepEqual((await page.locator("details.group strong").allTextContents()).sort(), ["one", "three", "two"]);
		await page.locator("main a", {hasText: "container"}).click();
		await page.waitForURL(/by=container/);
		assert.equal(await page.locator("details.group").count(), 3);
	},
	// times are the reader's, with the server's and its offset as title
	async zone(browser) {
		const page = await open(browser, {...wide, timezoneId: "Asia/Kolkata"}, "/containers");
		const times = await page.locator("time").first().evaluate((e) => [e.dateTime, e.textContent, e.title]);
		const there = new Date(times[0]), local = new Date(there.getTime() + 5.5 * 3600e3).toISOString().slice(0, 19).replace("T", " ");
		assert.match(times[0], /[+-]\d\d:\d\d$/);
		assert.equal(times[1], local);
		assert.match(times[2], /^[\d-]+ [\d:]+ [+-]\d\d:\d\d$/);
	},
	// WCAG 2.1 AA, as far as axe can tell; and a page that is not there
	async accessible(browser) {
		for (const options of [wide, phone, {...wide, colorScheme: "dark"}]) {
			for (const path of paths) {
				const page = await open(browser, {...options, bypassCSP: true}, path);
				await page.evaluate(() => document.querySelectorAll("details").forEach((d) => (d.open = true)));
				await page.addScriptTag({path: require.resolve("axe-core")});
				const found = await page.evaluate(() => window.axe.run({runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}));
				const told = found.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html).slice(0, 3).join(" ")}`);
				assert.deepEqual(told, [], `${path} at ${options.viewport.width}`);
				await page.context().close();
			}
		}
	},
	async missing(browser) {
		const page = await open(browser, wide, "/nowhere");
		assert.equal(await page.locator("h1").innerText(), "No such page");
		problems.splice(0); // the browser tells of the status
	},
	// the argument is text that would do harm as markup: it is shown as it is
	async escaped(browser) {
		for (const path of paths) {
			const page = await open(browser, wide, path);
			await page.evaluate(() => document.querySelectorAll("details").forEach((d) => (d.open = true)));
			assert.equal(await page.locator("main script, main img, main iframe, main style").count(), 0, path);
			if (path.includes("show_all"))
				assert.ok((await page.locator("main").innerText()).includes(argument), `${path} does not show it`);
			await page.context().close();
		}
	},
	async shot(browser) {
		const page = await open(browser, {viewport: {width: 1280, height: 560}}, "/containers");
		await page.waitForTimeout(3000);
		await page.screenshot({path: argument});
	},
};

(async () => {
	const browser = await chromium.launch({executablePath: "/usr/bin/chromium",
		args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
			"--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"]});
	try {
		await checks[check](browser);
		assert.deepEqual(problems, []);
	} finally {
		await browser.close();
	}
})().catch((e) => {
	console.error(e);
	process.exit(1);
});
