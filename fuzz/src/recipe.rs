//! Recipes as the store keeps them: what would be run, and what would be taken.

use super::plain::{assert_below, assert_one_line};
use local_build::Recipe;

/// Everything that a stored [`Recipe`] and its check promise.
pub fn recipe(bytes: &[u8]) {
    let Ok(recipe) = serde_json::from_slice::<Recipe>(bytes) else {
        return;
    };
    let stored = serde_json::to_vec(&recipe).unwrap_or_else(|error| panic!("{error}"));
    let again: Recipe = serde_json::from_slice(&stored).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(again, recipe);
    assert_eq!(again.digest(), recipe.digest());
    for rule in &recipe.artifacts {
        assert_below(rule.path.as_str());
    }
    match recipe.check() {
        Ok(()) => usable(&recipe),
        Err(error) => assert_one_line(&error.to_string()),
    }
}

/// A recipe that passed can be handed to a process: every command has a program, nothing has a NUL.
fn usable(recipe: &Recipe) {
    let commands = || recipe.build.iter().chain(&recipe.test);
    assert!(commands().count() <= 100 && recipe.artifacts.len() <= 1000);
    for command in commands() {
        assert!(
            command.first().is_some_and(|program| !program.is_empty()),
            "{command:?}"
        );
        assert!(command.iter().all(|word| !word.contains('\0')), "{command:?}");
        assert!(command.iter().map(String::len).sum::<usize>() <= 64 * 1024);
    }
    for (name, value) in &recipe.env {
        assert!(
            !name.is_empty() && !name.contains(['=', '\0']) && !value.contains('\0'),
            "{name:?}"
        );
    }
    let mut names: Vec<&str> = recipe.artifacts.iter().map(|rule| rule.name.as_str()).collect();
    names.sort_unstable();
    assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "{names:?}");
}
