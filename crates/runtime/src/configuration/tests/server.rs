//! The sections of the server, and who may start a release.

use super::*;

#[test]
fn what_a_release_asks_of_verdicts_is_understood() {
    let digest = "5".repeat(64);
    let governance = |further: &str| {
        let text = format!("[governance]\nsource = 'acme/rules'\ngenesis_digest = '{digest}'\n{further}");
        read(&text).unwrap().governance.unwrap()
    };
    let plain = governance("");
    assert!(plain.compare_landed && !governance("compare_landed = false").compare_landed);
    assert!(!plain.release_requires_verdicts && plain.released_without_verdict.is_empty());
    let commit = "6dcb09b5b57875f334f61aebed695e2e4193db5e";
    let strict = governance(&format!(
        "release_requires_verdicts = true\nreleased_without_verdict = ['{commit}']\n"
    ));
    assert!(strict.release_requires_verdicts);
    assert_eq!(strict.released_without_verdict[0].as_str(), commit);
}

#[test]
fn every_key_of_the_server_is_understood() {
    let text = r#"
[release]
allow_token_approvals = true
changelog = true
[github]
app_id = 1
private_key_path = "env:KEY"
webhook_secret = "env:SECRET"
webhook_secret_next = "file:/secret"
owner = "BTCDecoded"
api_url = "https://github.example.org/api/v3/"
dry_run = true
[github.release]
app_id = 2
private_key_path = "/key.pem"
[server]
host = "::1"
port = 0
tokens_file = "tokens.toml"
[database]
url = "sqlite:x"
[governance]
source = "BTCDecoded/governance"
genesis_digest = "sha256:5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03"
dry_run_repositories = ["node"]
public_url = "https://governance.example.org/"
"#;
    let configuration = read(text).unwrap();
    let governance = configuration.governance.unwrap();
    let RulesSource::Repository { owner, name } = governance.source else {
        panic!("a repository was written");
    };
    assert_eq!((owner.as_str(), name.as_str()), ("BTCDecoded", "governance"));
    assert!(
        governance
            .genesis_digest
            .to_string()
            .starts_with("sha256:5891b5b5")
    );
    assert_eq!(
        governance.dry_run_repositories,
        ["node".parse::<RepoName>().unwrap()]
    );
    assert_eq!(
        governance.public_url.as_deref(),
        Some("https://governance.example.org")
    );
    assert!(configuration.release.allow_token_approvals && configuration.release.changelog);
    let github = configuration.github;
    assert_eq!(
        github.app.private_key,
        Some(Secret::Environment("KEY".to_owned()))
    );
    assert_eq!(github.release.app_id, Some(2));
    assert_eq!(
        github.release.private_key,
        Some(Secret::File(PathBuf::from("/key.pem")))
    );
    assert_eq!(github.api_url, "https://github.example.org/api/v3");
    assert!(github.dry_run && github.webhook_secret_next.is_some());
    assert_eq!(
        (configuration.server.host.as_str(), configuration.server.port),
        ("::1", 0)
    );
    assert_eq!(
        configuration.database.url,
        Some(Secret::Inline("sqlite:x".to_owned()))
    );
}

#[test]
fn rules_without_a_place_or_a_first_digest_are_told_with_the_way_out() {
    check(
        "[governance]\nsource = 'rules'\ngenesis_digest = 'sha256:12'\npublic_url = 'here'\nkeys = 1\n",
        expect![[r#"
            app.toml:2:10: `source` names no repository
              write `owner/name`, or `dir:PATH` for a folder of this machine
            app.toml:3:18: `genesis_digest`: "12" is not a SHA-256 digest: 64 lower-case hexadecimal digits
              `governance policy check DIR` prints the digest of rules
            app.toml:4:14: `public_url` is not an address
              write it whole, as `https://github.example.org`
            app.toml:5:1: unknown key `keys` in [governance]
              known keys here: source, genesis_digest, dry_run_repositories, compare_landed, public_url, release_requires_verdicts, released_without_verdict
        "#]],
    );
    check(
        "[governance]\n",
        expect![[r#"
        app.toml:1:2: `source` is missing in [governance]
          write `source = "owner/governance"`
        app.toml:1:2: `genesis_digest` is missing in [governance]
          write `genesis_digest = "..."`: `governance policy check DIR` prints it
    "#]],
    );
}

#[test]
fn who_may_start_a_release_is_named_by_channel_and_nobody_is_without_a_name() {
    let triggers = |text: &str| read(text).unwrap().release.triggers;
    let by_channel = triggers("[release]\ntriggers = { production = ['Alice'], prerelease = ['bob'] }\n");
    let both = triggers("[release]\ntriggers = ['alice']\n");
    let nobody = triggers("");
    let rows = [
        (&by_channel, "alice", Channel::Production, true),
        (&by_channel, "ALICE", Channel::Production, true),
        (&by_channel, "alice", Channel::Prerelease, false),
        (&by_channel, "bob", Channel::Production, false),
        (&by_channel, "", Channel::Production, false),
        (&both, "alice", Channel::Prerelease, true),
        (&both, "alice", Channel::Production, true),
        (&both, "alice ", Channel::Production, false),
        (&nobody, "alice", Channel::Prerelease, false),
    ];
    for (triggers, login, channel, allowed) in rows {
        assert_eq!(triggers.allow(login, channel), allowed, "{login} on {channel}");
    }
}

#[test]
fn mistakes_in_the_sections_of_the_server_show() {
    check(
        "[github]\nwebhook_secrt = 'x'\nwebhook_secret = 'env:'\napi_url = 'github.com'\n[github.release]\nwebhook_secret = 'x'\n\
         [server]\nhost = ''\nport = 65536\ntokens = []\n[database]\nurl = 1\n[release]\ntriggers = { prod = [], prerelease = ['a b'] }\n",
        expect![[r#"
            app.toml:2:1: unknown key `webhook_secrt` in [github]
              did you mean `webhook_secret`?
            app.toml:3:18: `webhook_secret` names no secret
              write `env:NAME`, `file:PATH` or the secret itself
            app.toml:4:11: `api_url` is not an address
              write it whole, as `https://github.example.org`
            app.toml:6:1: unknown key `webhook_secret` in [github.release]
              known keys here: app_id, private_key_path
            app.toml:8:8: `host` is empty
              write a value, or leave `host` out
            app.toml:9:8: `port` is out of range: 65536
              write a whole number of ports from 0 to 65535
            app.toml:10:1: unknown key `tokens` in [server]
              did you mean `tokens_file`?
            app.toml:12:7: `url` is a whole number, expected a text
              write `url = "..."`
            app.toml:14:14: unknown key `prod` in [release.triggers]
              did you mean `production`?
            app.toml:14:39: `prerelease`: that is not a login: 1 to 64 letters, digits and - _ . : [ ]
              correct the value
        "#]],
    );
}

#[test]
fn a_secret_is_never_shown() {
    let rows = [
        ("hunter2", Some("Inline(…)")),
        ("env:TOKEN", Some("Environment(\"TOKEN\")")),
        ("file:/run/key", Some("File(\"/run/key\")")),
        ("https://x", Some("Inline(…)")),
        ("env:", None),
        ("file:", None),
        ("", None),
    ];
    for (text, shown) in rows {
        assert_eq!(
            Secret::parse(text).map(|secret| format!("{secret:?}")).as_deref(),
            shown,
            "{text}"
        );
    }
}
