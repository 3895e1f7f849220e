/** `ipvm:effects`: the effects in the box, in the language itself. Messages and editors show this text. */
export const effectsSource = `//! The effects in the box. A job performs what it is granted, and nothing else.

/// Names and values of HTTP headers, in the order in which they are sent. A name may stand more than once.
type Headers = list<tuple<string, string>>

/// Headers of a request. A value may be a secret, such as a token: it is sent, and makes no secret of the answer.
type RequestHeaders = list<tuple<string, secret<string>>>

/// What a server answers: the status code, the headers, and the body as it came.
type Response = record { status: u16, headers: Headers, body: bytes }

/// HTTP requests. Where a server answers the result is \`ok\`, whatever the status; \`err\` says why there was no answer.
effect http("https:") {
  /// Reads what is at a URL.
  ///
  /// \`url\`: absolute, with its scheme. \`headers\`: sent beside those that every request has.
  query get(url: string, headers: RequestHeaders = []) -> result<Response, string>

  /// Reads the status and the headers of what is at a URL; the body of the answer is empty.
  ///
  /// \`url\`: absolute, with its scheme. \`headers\`: sent beside those that every request has.
  query head(url: string, headers: RequestHeaders = []) -> result<Response, string>

  /// Puts content at a URL, in place of what is there. Twice is the same as once.
  ///
  /// \`url\`: absolute, with its scheme. \`body\`: the content. \`headers\`: sent beside those that every request has.
  idempotent command put(
    url: string,
    body: bytes,
    headers: RequestHeaders = [],
  ) -> result<Response, string>

  /// Removes what is at a URL. Twice is the same as once.
  ///
  /// \`url\`: absolute, with its scheme. \`headers\`: sent beside those that every request has.
  idempotent command delete(url: string, headers: RequestHeaders = []) -> result<Response, string>

  /// Sends content to a URL. It is sent at most once: where the answer is lost, the outcome is unknown.
  ///
  /// \`url\`: absolute, with its scheme. \`body\`: the content. \`headers\`: sent beside those that every request has.
  command post(url: string, body: bytes, headers: RequestHeaders = []) -> result<Response, string>

  /// Changes a part of what is at a URL. It is sent at most once: where the answer is lost, the outcome is unknown.
  ///
  /// \`url\`: absolute, with its scheme. \`body\`: the change. \`headers\`: sent beside those that every request has.
  command patch(url: string, body: bytes, headers: RequestHeaders = []) -> result<Response, string>
}

/// Files of the machine that runs the job.
effect fs("file:") {
  /// Reads a file.
  ///
  /// \`path\`: relative to the folder that the job was granted.
  query read(path: string) -> bytes

  /// Names what is in a folder, sorted.
  ///
  /// \`path\`: relative to the folder that the job was granted.
  query list(path: string) -> list<string>

  /// Writes a file, in place of what is there, and gives the number of its bytes. Twice is the same as once.
  ///
  /// \`path\`: relative to the folder that the job was granted. \`data\`: the whole content.
  idempotent command write(path: string, data: bytes) -> u64

  /// Writes at the end of a file, and gives the number of its bytes.
  ///
  /// \`path\`: relative to the folder that the job was granted. \`data\`: what is put at the end.
  command append(path: string, data: bytes) -> u64
}

/// The clock.
effect time("time:") {
  /// Milliseconds since the beginning of 1970, UTC. It is read once in a run.
  query now() -> u64
}

/// Random numbers that cannot be foretold.
effect random("random:") {
  /// Random bytes. Equal labels give equal bytes within a run.
  ///
  /// \`count\`: how many. \`label\`: what they are for.
  query bytes(count: u32, label: string) -> bytes
}

/// The names of the internet.
effect dns("dns:") {
  /// Looks the records of a name up.
  ///
  /// \`name\`: a domain, such as \`example.org\`. \`kind\`: of the records, such as \`A\`, \`AAAA\`, \`MX\` or \`TXT\`.
  query resolve(name: string, kind: string = "A") -> list<string>
}

/// Secrets of whoever runs the job. What is computed from one is a secret too.
effect secret("secret:") {
  /// Reads a secret.
  ///
  /// \`name\`: what it is called where it is kept.
  query get(name: string) -> secret<string>
}

/// Messages to whoever watches the run.
effect log("log:") {
  /// Writes a message. Nothing depends on it, so that messages come in no certain order.
  ///
  /// \`message\`: a line of text.
  note write(message: string) -> ()
}

/// Jobs that come after this one.
effect job("ipvm:") {
  /// Puts a job into the queue, to be run when this one is done, and gives the name of that run.
  ///
  /// \`job\`: a compiled job without open parameters.
  idempotent command enqueue(job: link<ipld>) -> string
}
`
