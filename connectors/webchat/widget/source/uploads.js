// Files on their way to the relay, before the message that takes them along.

let uploads = [];

/** The text that says why not, if so. The relay looks at the content itself. */
function refusal(file) {
  const { upload_bytes, upload_types, files } = chat.limits;
  if (uploads.length >= files) return "files_most";
  if (file.type && !upload_types.includes(file.type)) return "file_type";
  return (!file.size || file.size > upload_bytes) && "file_large";
}

function refuse(why, { name }) {
  const { upload_bytes, files } = chat.limits;
  tell(`${name}: ${t(why, { n: why === "files_most" ? files : megabytes(upload_bytes) })}`);
}

function mayUpload() {
  return chat.limits.upload_types?.length && chat.state === "on";
}

function upload(files) {
  for (const file of files) {
    const why = refusal(file);
    if (why) refuse(why, file);
    else begin(file);
  }
}

function begin(file) {
  const request = new XMLHttpRequest();
  const one = { name: file.name, done: 0, file: null, cancel: () => request.abort() };
  const end = (why) => {
    uploads = uploads.filter((other) => other !== one);
    if (why) refuse(why, one);
    change({});
  };
  request.open("POST", address("files", { name: one.name }));
  request.setRequestHeader("Authorization", `Bearer ${kept("token")}`);
  request.upload.onprogress = (event) => {
    one.done = event.loaded / event.total;
    chipView(one);
  };
  request.onload = () => {
    if (request.status === 201) {
      one.file = JSON.parse(request.response);
      change({});
    } else end({ 413: "file_large", 415: "file_type" }[request.status] || "failed");
  };
  request.onerror = () => end("failed");
  request.onabort = () => end();
  uploads.push(one);
  change({});
  request.send(file);
}

/** The files that are up, which now belong to a message. */
function takeUploads() {
  const files = uploads.map((one) => one.file);
  uploads = [];
  return files;
}
