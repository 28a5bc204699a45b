// The status pages in a real browser.   node pages.js URL CHECK [ARGUMENT]
// Fails on any console message, script error or request to another origin: under the pages' strict
// Content-Security-Policy what is injected shows up as one of these.
"use strict";
const {chromium} = require("playwright-core");
const assert = require("node:assert");

const [base, check, argument] = process.argv.slice(2);
const paths = ["/", "/recent", "/containers", "/rules", "/request_rules", "/whitelist_rules", "/triggers", "/config",
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
	// filter and sort stay through an update
	async sort(browser) {
		const page = await open(browser, wide, "/");
		const names = () => page.locator("tbody tr:visible strong").allTextContents();
		await page.locator("th button", {hasText: "Container"}).click();
		assert.deepEqual(await names(), ["one", "three", "two"]);
		await page.locator("th button", {hasText: "Container"}).click();
		assert.deepEqual(await names(), ["two", "three", "one"]);
		await page.fill("#filter", "t");
		await page.fill("#filter", "tw");
		assert.deepEqual(await names(), ["two"]);
		await page.evaluate(() => (document.querySelector("#live").old = true));
		await page.waitForFunction(() => !document.querySelector("#live").old);
		assert.deepEqual(await names(), ["two"]);
		await page.fill("#filter", "");
		assert.deepEqual(await names(), ["two", "three", "one"]);
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
