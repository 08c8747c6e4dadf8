//! What follows a release, and the former way.

use super::*;

#[test]
fn what_follows_a_release_is_read_with_its_defaults() {
    let text = "[release.follow_up.website]\nrepository = 'site'\nevent_type = 'released'\n\
                [release.follow_up.deploy]\nrepository = 'other/infra'\nworkflow = '.github/workflows/deploy.yml'\nbranch = 'main'\n\
                channel = 'production'\nrepeatable = true\npayload = { where = 'here' }\n";
    let follow_ups = read(text).unwrap().release.follow_ups;
    let website = FollowUpSettings {
        repository: "site".parse().unwrap(),
        call: FollowUpCall::Event {
            event_type: "released".to_owned(),
        },
        channel: None,
        payload: BTreeMap::new(),
        repeatable: false,
    };
    let deploy = FollowUpSettings {
        repository: "other/infra".parse().unwrap(),
        call: FollowUpCall::Workflow {
            file: "deploy.yml".to_owned(),
            branch: "main".to_owned(),
        },
        channel: Some(Channel::Production),
        payload: BTreeMap::from([("where".to_owned(), "here".to_owned())]),
        repeatable: true,
    };
    let expected = [("deploy", deploy), ("website", website)].map(|(name, one)| (name.to_owned(), one));
    assert_eq!(follow_ups, BTreeMap::from(expected));
}

#[test]
fn what_follows_a_release_is_judged_key_by_key() {
    check(
        "[release.follow_up]\na = 1\n\"b c\" = {}\n[release.follow_up.d]\nevent_type = ''\n[release.follow_up.e]\nrepository = 'e'\n",
        expect![[r#"
            app.toml:2:5: `release.follow_up.a` is a whole number, expected a table
              write `[release.follow_up.a]`, and its keys below
            app.toml:3:1: `b c` is no name of a follow-up
              use 1 to 64 letters, digits, - and _
            app.toml:4:1: `release.follow_up.d` names no repository
              add `repository = "owner/name"`
            app.toml:5:14: `event_type` has 0 characters
              GitHub takes 1 to 100
            app.toml:6:1: `release.follow_up.e` needs either `event_type` or `workflow`
              `event_type` sends a repository_dispatch, `workflow` and `branch` a workflow_dispatch
        "#]],
    );
    check(
        "[release.follow_up.a]\nrepository = 'a'\nevent_type = 'x'\nworkflow = 'y.yml'\nchannel = 'beta'\npayload = 1\nrepeated = true\n",
        expect![[r#"
            app.toml:1:1: `release.follow_up.a` needs either `event_type` or `workflow`
              `event_type` sends a repository_dispatch, `workflow` and `branch` a workflow_dispatch
            app.toml:5:11: `channel`: there is no channel "beta"
              write production or prerelease, or leave it out for both
            app.toml:6:11: `payload` is a whole number, expected a table
              write `payload = { name = "value" }`
            app.toml:7:1: unknown key `repeated` in [release.follow_up.a]
              did you mean `repeatable`?
        "#]],
    );
    check(
        "[release.follow_up.a]\nrepository = 'a'\nworkflow = '../y.yml'\nbranch = 'main'\npayload = { tag = 'mine' }\n\
         [release.follow_up.b]\nrepository = 'b'\nworkflow = 'y.yml'\npayload = { a='', b='', c='', d='', e='', f='' }\n",
        expect![[r#"
            app.toml:3:12: `workflow`: "../y.yml" is not a relative path within the repository
              write it as `target/release/NAME`: no leading /, no . or ..
            app.toml:5:11: `payload.tag` cannot be sent
              these names are ours: version, tag, repository, release_id, dispatch_id
            app.toml:6:1: `release.follow_up.b` does not say which branch's workflow is run
              add `branch = "main"`
            app.toml:9:11: `payload` has 6 keys
              at most 5 fit beside our own
        "#]],
    );
}

#[test]
fn the_former_way_is_read_step_by_step_and_judged() {
    let text = "[release.former_way]\nrepository = 'commons'\nbranch = 'main'\norchestrator = '.github/workflows/old.yml'\n\
                release = 'release.yml'\nrelease_inputs = { version_tag = '{tag}' }\nautomatic = true\n";
    let way = read(text).unwrap().release.former_way.unwrap();
    let steps: Vec<(&str, &str, usize)> = way
        .steps
        .iter()
        .map(|step| (step.name, step.file.as_str(), step.inputs.len()))
        .collect();
    assert_eq!(
        steps,
        [("orchestrator", "old.yml", 0), ("release", "release.yml", 1)]
    );
    assert!(way.automatic);
    assert_eq!(read("").unwrap().release.former_way, None);
    check(
        "[release.former_way]\nrelease = '/x'\nautomatic = 1\nrelease_inputs = { a = 1 }\n",
        expect![[r#"
            app.toml:1:1: `[release.former_way]` has no `repository`
              add `repository = "..."`, or remove the table
            app.toml:1:1: `[release.former_way]` has no `branch`
              add `branch = "..."`, or remove the table
            app.toml:1:1: `[release.former_way]` has no `orchestrator`
              add `orchestrator = "..."`, or remove the table
            app.toml:2:11: `release`: "/x" is not a relative path within the repository
              write it as `target/release/NAME`: no leading /, no . or ..
            app.toml:3:13: `automatic` is a whole number, expected true or false
              write `automatic = true` or `automatic = false`, without quotes
            app.toml:4:24: `release_inputs.a` is a whole number, expected a text
              write `release_inputs.a = "..."`
        "#]],
    );
}
