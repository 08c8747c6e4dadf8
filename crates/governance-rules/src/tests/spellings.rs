//! One repository in two spellings, and layers that do not know a repository.

use super::ailments::{ails, found};
use super::reading::said;
use super::{rules, well};
use crate::{Change, Ruleset, requirement};
use expect_test::expect;

const LAYERS: &str = "config/repository-layers.yml";
const NODE: &str = "config/repos/atlas-node.yml";
const KIT: &str = "config/repos/atlas-kit.yml";
const CONTROLS: &str = "config/security-control-mapping.yml";

#[test]
fn two_spellings_are_said_where_the_second_stands() {
    ails(
        LAYERS,
        ("- atlas-node", "- Atlas-Node"),
        expect![[r#"
        error repository-spelled-twice config/cross-layer-rules.yml:12:18 atlas-node is written Atlas-Node in config/repository-layers.yml:18:9: GitHub takes both for one repository
        error repository-spelled-twice config/repos/atlas-node.yml:1:1 atlas-node is written Atlas-Node in config/repository-layers.yml:18:9: GitHub takes both for one repository
        error repository-spelled-twice config/security-control-mapping.yml:7:41 atlas-node is written Atlas-Node in config/repository-layers.yml:18:9: GitHub takes both for one repository
        error repository-spelled-twice config/security-control-mapping.yml:23:13 atlas-node is written Atlas-Node in config/repository-layers.yml:18:9: GitHub takes both for one repository"#]],
    );
    ails(
        NODE,
        ("[atlas-engine]", "[ATLAS-engine]"),
        expect![
            "error repository-spelled-twice config/repos/atlas-node.yml:4:16 ATLAS-engine is written atlas-engine in config/repository-layers.yml:11:20: GitHub takes both for one repository"
        ],
    );
    ails(
        CONTROLS,
        ("atlas-node/src/rpc", "Atlas-Node/src/rpc"),
        expect![
            "error repository-spelled-twice config/security-control-mapping.yml:23:13 Atlas-Node is written atlas-node in config/repository-layers.yml:18:9: GitHub takes both for one repository"
        ],
    );
    ails(
        "config/cross-layer-rules.yml",
        ("target_repo: atlas-engine", "target_repo: atlas-Engine"),
        expect![
            "error repository-spelled-twice config/cross-layer-rules.yml:6:18 atlas-Engine is written atlas-engine in config/repository-layers.yml:11:20: GitHub takes both for one repository"
        ],
    );
    ails(
        "config/repos/atlas-engine.yml",
        ("atlas-spec/rules", "Atlas-Spec/rules"),
        expect![
            "error repository-spelled-twice config/repos/atlas-engine.yml:14:26 Atlas-Spec is written atlas-spec in config/repository-layers.yml:5:20: GitHub takes both for one repository"
        ],
    );
    let mut files = well();
    let text = files.remove(KIT).unwrap();
    files.insert("config/repos/Atlas-Kit.yml".to_owned(), text);
    expect!["error repository-spelled-twice config/repos/Atlas-Kit.yml:1:1 Atlas-Kit is written atlas-kit in config/repository-layers.yml:19:9: GitHub takes both for one repository"].assert_eq(&found(&files));
}

#[test]
fn a_second_file_of_one_repository_is_refused() {
    let mut files = well();
    files.insert("config/repos/Atlas-Kit.yml".to_owned(), "layer: 3\n".to_owned());
    expect![
        "config/repos/atlas-kit.yml:1:1 a second file about the repository of config/repos/Atlas-Kit.yml"
    ]
    .assert_eq(&said(&files));
}

/// Whoever writes the name in another way gets the same rules.
#[test]
fn the_case_of_a_name_changes_nothing() {
    let spelled = {
        let mut files = well();
        for (path, from, to) in [
            (LAYERS, "- atlas-node", "- Atlas-Node"),
            (CONTROLS, "atlas-node/src/wallet.rs", "ATLAS-NODE/src/wallet.rs"),
        ] {
            let text = files[path].replacen(from, to, 1);
            assert_ne!(text, files[path]);
            files.insert(path.to_owned(), text);
        }
        rules(&files)
    };
    for paths in [&["src/wallet.rs"][..], &["src/rpc/a.rs"], &["docs/a.md"], &[]] {
        let needed = |rules: &Ruleset, name: &str| {
            let change = Change::of_paths(paths.iter().copied());
            let needed = requirement(rules, &name.parse().unwrap(), &change).unwrap();
            (needed.required, needed.total, needed.review_days, needed.pool)
        };
        let expected = needed(&rules(&well()), "atlas-node");
        for name in ["atlas-node", "Atlas-Node", "ATLAS-NODE"] {
            assert_eq!(needed(&rules(&well()), name), expected, "{name} {paths:?}");
            assert_eq!(needed(&spelled, name), expected, "{name} {paths:?}");
        }
    }
    assert_eq!(spelled.repositories().len(), 4);
}

#[test]
fn a_file_names_a_layer_that_is_one_and_lists_the_repository() {
    ails(
        LAYERS,
        ("\n      - atlas-kit", ""),
        expect![
            "warning layer-disagrees config/repos/atlas-kit.yml:1:8 atlas-kit says layer 3 here, and that layer does not list it"
        ],
    );
    ails(
        KIT,
        ("layer: 3", "layer: 9"),
        expect![
            "error unknown-layer config/repos/atlas-kit.yml:1:8 atlas-kit says layer 9 here, and there is no such layer"
        ],
    );
    ails(
        KIT,
        ("layer: 3", "layer: 0"),
        expect![
            "warning layer-disagrees config/repos/atlas-kit.yml:1:8 atlas-kit says layer 0 here, and layer 3 lists it"
        ],
    );
    let mut files = well();
    files.insert("config/repos/rules.yml".to_owned(), "layer: 0\n".to_owned());
    assert_eq!(found(&files), "");
}

#[test]
fn a_control_names_a_repository_that_is_one() {
    ails(
        CONTROLS,
        ("atlas-node/src/rpc", "atlas-nodes/src/rpc"),
        expect![
            "warning repository-in-no-layer config/security-control-mapping.yml:23:13 atlas-nodes is named here and in no layer: its changes have no rules"
        ],
    );
}

#[test]
fn no_file_says_what_security_rests_on() {
    let mut files = well();
    files.remove(CONTROLS);
    expect!["warning missing-file config/security-control-mapping.yml:1:1 the file is not there: no file counts as one that security rests on"].assert_eq(&found(&files));
}
