//! Whose repository the address of a remote names. The base that a change is shown against is the remote's: of somebody's fork it is whatever
//! that person likes.

use signatures::PullRequestApproval;

/// What stands before the name of a host that also takes ssh at the port of https.
const SSH_BESIDE: &str = "ssh.";

/// Whether an address names the repository of a statement on its forge: `https://`, `ssh://`, `git://`, or `HOST:OWNER/NAME`.
pub(super) fn names(address: &str, approval: &PullRequestApproval) -> bool {
    let Some((host, path)) = host_and_path(address) else {
        return false;
    };
    let forge = approval.forge.as_str();
    let is_host = |host: &str| host.eq_ignore_ascii_case(forge);
    let path = path.trim_matches('/');
    let path = path.strip_suffix(".git").unwrap_or(path);
    let is_there = is_host(host) || host.strip_prefix(SSH_BESIDE).is_some_and(is_host);
    is_there && path.eq_ignore_ascii_case(approval.repository.as_str())
}

/// The host, without port and person, and the path behind it; none of a folder.
fn host_and_path(address: &str) -> Option<(&str, &str)> {
    let (authority, path) = match address.split_once("://") {
        Some((scheme, rest)) if is_of_a_host(scheme) => rest.split_once('/')?,
        Some(_) => return None,
        // As git has it: a colon behind a slash belongs to a folder.
        None => address.split_once(':').filter(|(host, _)| !host.contains('/'))?,
    };
    // Who speaks to it ends a host here and not for whoever fetches.
    let is_plain = |letter: char| letter.is_ascii_graphic() && !matches!(letter, '#' | '?' | '\\');
    if !authority.chars().all(is_plain) {
        return None;
    }
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let (host, port) = host.split_once(':').unwrap_or((host, ""));
    let is_port = port.bytes().all(|byte| byte.is_ascii_digit());
    (!host.is_empty() && is_port).then_some((host, path))
}

fn is_of_a_host(scheme: &str) -> bool {
    ["https", "http", "ssh", "git", "git+ssh", "ssh+git"]
        .iter()
        .any(|known| scheme.eq_ignore_ascii_case(known))
}

/// The same without who speaks to it: that may be a password.
pub(super) fn without_secrets(address: &str) -> String {
    let plain = match (address.split_once("://"), host_and_path(address)) {
        (Some((scheme, _)), Some((host, path))) => format!("{scheme}://{host}/{path}"),
        (None, Some((host, path))) => format!("{host}:{path}"),
        (Some(_), None) if address.contains('@') => "an address that names no host".to_owned(),
        (Some(_) | None, None) => address.to_owned(),
    };
    super::pull_request::plain(&plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn approval() -> PullRequestApproval {
        PullRequestApproval {
            forge: "github.com".parse().unwrap(),
            repository_id: 7,
            repository: "atlas/atlas-node".parse().unwrap(),
            pull_request: 42,
            base_ref: "refs/heads/main".parse().unwrap(),
            head_sha: "a".repeat(40).parse().unwrap(),
            head_tree: "b".repeat(40).parse().unwrap(),
            tier: "tier_2_feature".parse().unwrap(),
            required: "2-of-5".parse().unwrap(),
            review_days: 14,
        }
    }

    #[test]
    fn a_remote_names_the_repository_however_it_is_written() {
        for (address, expected) in [
            ("https://github.com/atlas/atlas-node", true),
            ("https://github.com/atlas/atlas-node.git", true),
            ("https://github.com/atlas/atlas-node.git/", true),
            ("HTTPS://GitHub.com/Atlas/Atlas-Node.git", true),
            ("https://ada:secret@github.com:443/atlas/atlas-node", true),
            ("http://github.com/atlas/atlas-node", true),
            ("git://github.com/atlas/atlas-node", true),
            ("ssh://git@github.com/atlas/atlas-node.git", true),
            ("ssh://git@ssh.github.com:443/atlas/atlas-node.git", true),
            ("git@github.com:atlas/atlas-node.git", true),
            ("github.com:/atlas/atlas-node", true),
            // Another's, or another host's.
            ("https://github.com/mallory/atlas-node", false),
            ("https://github.com/atlas/atlas-node/more", false),
            ("https://github.com/x/atlas/atlas-node", false),
            ("https://github.com.example.org/atlas/atlas-node", false),
            ("https://github.com@example.org/atlas/atlas-node", false),
            ("https://example.org/@github.com/atlas/atlas-node", false),
            ("https://github.com:x@example.org/atlas/atlas-node", false),
            ("https://evil.example#@github.com/atlas/atlas-node", false),
            ("https://evil.example?@github.com/atlas/atlas-node", false),
            ("https://evil.example\\@github.com/atlas/atlas-node", false),
            ("https://evil.example\n@github.com/atlas/atlas-node", false),
            ("git@example.org:atlas/atlas-node.git", false),
            ("https://ssh.ssh.github.com/atlas/atlas-node", false),
            // No host at all.
            ("/srv/github.com/atlas/atlas-node", false),
            ("./github.com:atlas/atlas-node", false),
            ("file:///github.com/atlas/atlas-node", false),
            ("ext::sh -c x://github.com/atlas/atlas-node", false),
            ("https://github.com", false),
            ("https://:1/atlas/atlas-node", false),
            ("", false),
        ] {
            assert_eq!(names(address, &approval()), expected, "{address}");
        }
    }

    #[test]
    fn nobodys_password_is_shown() {
        for (address, shown) in [
            ("https://ada:secret@github.com/a/b", "https://github.com/a/b"),
            ("git@github.com:a/b", "github.com:a/b"),
            ("/srv/a\u{1b}b", "/srv/a b"),
            ("rad://ada:secret@x/y", "an address that names no host"),
        ] {
            assert_eq!(without_secrets(address), shown);
        }
    }
}
