//! Which files of people count for which layers, and who has left.

use super::ailments::{ails, found};
use super::{rules, well};
use crate::{Change, requirement};
use expect_test::expect;
use std::collections::BTreeMap;

const NODE: &str = "config/maintainers/layer-3.yml";

fn renamed(to: &str) -> String {
    let mut files = well();
    let text = files.remove(NODE).unwrap();
    let file = format!("config/maintainers/{to}.yml");
    files.insert(file.clone(), text);
    let rules = rules(&files);
    let needed = requirement(
        &rules,
        &"atlas-kit".parse().unwrap(),
        &Change::of_paths(["docs/a.md"]),
    );
    let pool = needed.unwrap().pool;
    let said = found(&files);
    let about: Vec<&str> = said.lines().filter(|line| line.contains(&file)).collect();
    format!("{pool} {}", about.join("; "))
}

#[test]
fn only_a_name_of_layers_gives_layers() {
    for name in ["layer-3", "layer-3-9", "layer-9-3", "layer-03", "layer-3-3"] {
        assert_eq!(renamed(name), "5 ", "{name}");
    }
    for name in [
        "team-3",
        "3",
        "layer3",
        "layer_3",
        "layers-3",
        "layer-3-core",
        "layer-3-",
        "layer--3",
        "layer-3.1",
        "layer-3x",
        "layer-103",
        "2026-layer-3",
        "Layer-3",
    ] {
        assert_eq!(
            renamed(name),
            format!(
                "0 warning maintainers-of-no-layer config/maintainers/{name}.yml:1:1 \
                 `config/maintainers/{name}.yml` names no layer: whom it lists cannot sign"
            )
        );
    }
}

/// Whoever has left by one file of a layer does not count for it, and counts for the others.
#[test]
fn whoever_has_left_by_one_file_of_a_layer_has_left_it() {
    let mut files = well();
    let pool = |files: &BTreeMap<String, String>, repository: &str| {
        let change = Change::of_paths(["docs/a.md"]);
        let needed = requirement(&rules(files), &repository.parse().unwrap(), &change);
        needed.unwrap().pool
    };
    assert_eq!((pool(&files, "atlas-spec"), pool(&files, "atlas-kit")), (5, 5));
    let entry = |status: &str| {
        format!(
            "maintainers:\n  - github: Atlas-Ada\n    public_key: 0x02[PLACEHOLDER]\n    status: {status}\n"
        )
    };
    files.insert("config/maintainers/layer-1.yml".to_owned(), entry("retired"));
    assert_eq!((pool(&files, "atlas-spec"), pool(&files, "atlas-kit")), (4, 5));
    let said = found(&files);
    let about: Vec<&str> = said
        .lines()
        .filter(|line| line.contains("status-differs"))
        .collect();
    expect!["warning status-differs config/maintainers/layer-0-1-2.yml:3:13 atlas-ada is active here and not in config/maintainers/layer-1.yml:2:13: the person does not count for layer 1"].assert_eq(&about.join("\n"));
    files.insert("config/maintainers/layer-1.yml".to_owned(), entry("active"));
    assert_eq!((pool(&files, "atlas-spec"), pool(&files, "atlas-kit")), (5, 5));
    assert!(!found(&files).contains("status-differs"));
}

#[test]
fn one_of_two_entries_in_a_file_is_enough_to_have_left() {
    ails(
        NODE,
        (
            "  - github: atlas-ben",
            "  - github: atlas-gus\n    status: retired\n  - github: atlas-ben",
        ),
        expect![[r#"
            warning total-differs-from-pool config/action-tiers.yml:5:38 Tier 1 (tier_1_routine) asks for 2-of-5, and layer 3 has 4 people
            warning total-differs-from-pool config/action-tiers.yml:10:38 Tier 2 (tier_2_feature) asks for 2-of-5, and layer 3 has 4 people
            warning total-differs-from-pool config/action-tiers.yml:16:14 Tier 3 (tier_3_consensus) asks for 4-of-5, and layer 3 has 4 people
            warning total-differs-from-pool config/action-tiers.yml:21:38 Tier 4 (tier_4_emergency) asks for 3-of-5, and layer 3 has 4 people
            warning total-differs-from-pool config/action-tiers.yml:26:38 Tier 5 (tier_5_governance) asks for 3-of-5, and layer 3 has 4 people
            warning total-differs-from-pool config/action-tiers.yml:31:38 security_critical asks for 4-of-5, and layer 3 has 4 people
            warning total-differs-from-pool config/action-tiers.yml:35:38 cryptographic asks for 4-of-5, and layer 3 has 4 people
            warning total-differs-from-pool config/action-tiers.yml:39:38 security_enhancement asks for 3-of-5, and layer 3 has 4 people
            warning total-differs-from-pool config/emergency-tiers.yml:5:64 the emergency tier_1_critical asks for 3-of-5, and layer 3 has 4 people
            warning total-differs-from-pool config/emergency-tiers.yml:11:28 the emergency tier_2_urgent asks for 4-of-5, and layer 3 has 4 people
            error no-key config/maintainers/layer-3.yml:7:5 atlas-gus has no key, and so cannot sign
            note person-inactive config/maintainers/layer-3.yml:7:13 atlas-gus is not active, and does not count
            error person-twice config/maintainers/layer-3.yml:17:13 atlas-gus is listed twice
            warning total-differs-from-pool config/repos/atlas-node.yml:2:22 atlas-node asks for 2-of-5, and layer 3 has 4 people
            warning total-differs-from-pool config/repository-layers.yml:20:38 layer 3 asks for 2-of-5, and layer 3 has 4 people
            warning total-differs-from-pool config/security-control-mapping.yml:8:26 control K-1 asks for 4-of-5, and layer 3 has 4 people
            warning total-differs-from-pool config/security-control-mapping.yml:24:26 control I-1 asks for 3-of-5, and layer 3 has 4 people"#]],
    );
}
