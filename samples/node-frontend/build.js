// Fills the page's placeholders and writes dist/.
const fs = require("fs");

const { version } = JSON.parse(fs.readFileSync("package.json", "utf8"));
fs.mkdirSync("dist/css", { recursive: true });
fs.writeFileSync("dist/index.html", fs.readFileSync("src/index.html", "utf8").replace("{{version}}", version));
fs.copyFileSync("src/page.css", "dist/css/page.css");
