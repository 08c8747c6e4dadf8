//! What a maintainer types to sign a statement, in one place: for the report, for answers, and for pages.

use signatures::Statement;

/// The file that a statement is written to, in every command that is shown.
const FILE: &str = "approval.txt";

/// How a statement is signed and handed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToSign {
    /// The digest by which the statement is known, in hexadecimal digits.
    pub id: String,
    /// The statement, byte by byte.
    pub statement: String,
    /// What signatures of SSH keys are made for.
    pub namespace: &'static str,
    /// Writes the statement into a file.
    pub write: String,
    /// Each signs that file, and says what it writes.
    pub sign: Vec<String>,
    /// Where a signature is handed in without a login, if people reach this server.
    pub address: Option<String>,
    /// Hands it in there.
    pub hand_in: Option<String>,
}

/// How this statement is signed.
pub(crate) fn to_sign(statement: &Statement, public_url: Option<&str>) -> ToSign {
    let (text, namespace) = (statement.to_string(), statement.namespace());
    let id = statement.digest().hex();
    let address = public_url.map(|url| format!("{url}/s/{id}"));
    ToSign {
        write: format!("cat > {FILE} <<'END'\n{text}END"),
        sign: [
            format!("ssh-keygen -Y sign -f ~/.ssh/id_ed25519 -n {namespace} {FILE}   # writes {FILE}.sig"),
            format!("gpg --armor --detach-sign {FILE}   # or this; writes {FILE}.asc"),
            format!(
                "governance sign --statement {FILE} --key KEY > {FILE}.sig   # or this, with a key of your own"
            ),
        ]
        .into_iter()
        .chain(from_a_clone(statement, public_url))
        .collect(),
        hand_in: address
            .as_ref()
            .map(|address| format!("curl --data-binary @{FILE}.sig {address}")),
        id,
        statement: text,
        namespace,
        address,
    }
}

/// With a server that people reach, the statement is derived anew from the clone in which they looked at it.
fn from_a_clone(statement: &Statement, public_url: Option<&str>) -> Option<String> {
    let (Statement::Approval(approval), Some(url)) = (statement, public_url) else {
        return None;
    };
    Some(format!(
        "governance sign --pr https://{}/{}/pull/{} --clone . --server {url} --key KEY > {FILE}.sig   # or this, which holds it against your clone",
        approval.forge, approval.repository, approval.pull_request
    ))
}

/// The same as Markdown: what to do, and one block of commands.
pub(crate) fn as_markdown(to_sign: &ToSign) -> String {
    let (write, sign) = (&to_sign.write, to_sign.sign.join("\n"));
    let (or_here, hand_in) = match &to_sign.hand_in {
        Some(hand_in) => (
            ", or hand it in at the server, which puts it here for you",
            format!("\n{hand_in}   # instead of a comment; no login"),
        ),
        None => ("", String::new()),
    };
    format!(
        "Read the statement, sign it, and put the signature into a comment here{or_here}.\n\n```sh\n{write}\n{sign}{hand_in}\n```"
    )
}
