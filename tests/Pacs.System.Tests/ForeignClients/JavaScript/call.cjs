// Calls one method of npm's dicomweb-client: node call.cjs URL METHOD FOLDER OPTIONS
// The result is result.json in the folder, or, where it is binary, 0.bin, 1.bin and so on. Data sets to store are named by their files.
const fs = require('node:fs');
const path = require('node:path');
globalThis.XMLHttpRequest = require('xhr2');
const { api } = require('dicomweb-client');

const [url, method, folder, json] = process.argv.slice(2);
const options = JSON.parse(json);
if (options.datasets) options.datasets = options.datasets.map(file => new Uint8Array(fs.readFileSync(file)).buffer);

new api.DICOMwebClient({ url, verbose: false })[method](options).then(
  result => {
    const values = Array.isArray(result) ? result : [result];
    if (values.length > 0 && values.every(v => v instanceof ArrayBuffer || ArrayBuffer.isView(v)))
      values.forEach((v, i) => fs.writeFileSync(path.join(folder, `${i}.bin`), Buffer.from(v)));
    else fs.writeFileSync(path.join(folder, 'result.json'), typeof result === 'string' ? result : JSON.stringify(result));
  },
  error => {
    const body = error.response instanceof ArrayBuffer ? Buffer.from(error.response).toString() : JSON.stringify(error.response);
    console.error(error.status, error.message, body);
    process.exit(1);
  });
