//! The shell script around a build: waits at its gate, runs the commands, leaves a durable status.

use crate::Recipe;
use std::path::Path;

/// What is written to the script's standard input to open its gate.
pub(crate) const BEGIN: &str = "begin\n";
/// How the script ends if its gate is closed for good: we died or gave up before the build began.
const NEVER_BEGUN: u8 = 125;

/// The script, for /bin/sh. Word by word it can be read and repeated by a person.
///
/// The status is written to a temporary file, synced and renamed, then its folder is synced: it is whole or absent.
pub(crate) fn script(recipe: &Recipe, run_folder: &Path, umask: u32) -> String {
    let folder = quoted(&run_folder.to_string_lossy());
    let mut text = format!(
        "# Waits until the build may begin; ends if that never comes.\n\
         IFS= read -r begin || exit {NEVER_BEGUN}\n\
         [ \"$begin\" = begin ] || exit {NEVER_BEGUN}\n\
         exec </dev/null\n\
         unset begin IFS PWD OLDPWD SHLVL\n\
         umask {umask:03o}\n\
         finish() {{\n\
         \x20 umask 077\n\
         \x20 printf 'exit %s\\n%s\\n' \"$1\" \"$2\" >{folder}/status.new &&\n\
         \x20 command -p sync {folder}/status.new &&\n\
         \x20 command -p mv -f {folder}/status.new {folder}/status &&\n\
         \x20 command -p sync {folder}\n\
         \x20 exit \"$1\"\n\
         }}\n"
    );
    for command in recipe.commands() {
        let line: Vec<String> = command.iter().map(|word| quoted(word)).collect();
        let shown = quoted(&shown(command));
        // Through env(1), so that a command named like a shell builtin (`exit`) is a program like any other.
        let line = line.join(" ");
        text.push_str(&format!(
            "\nprintf '+ %s\\n' {shown}\ncommand -p env {line} || finish $? {shown}\n"
        ));
    }
    text.push_str("\nfinish 0 ''\n");
    text
}

/// The command on one line, for people.
fn shown(command: &[String]) -> String {
    let words: Vec<String> = command
        .iter()
        .map(|word| word.escape_debug().to_string())
        .collect();
    words.join(" ")
}

/// One word for sh(1): within single quotes nothing is special but the single quote.
fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_can_be_read_and_repeated() {
        let build = vec![vec!["make".to_owned(), "it's".to_owned()]];
        let recipe = Recipe {
            build,
            ..Recipe::default()
        };
        expect_test::expect![[r##"
            # Waits until the build may begin; ends if that never comes.
            IFS= read -r begin || exit 125
            [ "$begin" = begin ] || exit 125
            exec </dev/null
            unset begin IFS PWD OLDPWD SHLVL
            umask 022
            finish() {
              umask 077
              printf 'exit %s\n%s\n' "$1" "$2" >'/state/run 1'/status.new &&
              command -p sync '/state/run 1'/status.new &&
              command -p mv -f '/state/run 1'/status.new '/state/run 1'/status &&
              command -p sync '/state/run 1'
              exit "$1"
            }

            printf '+ %s\n' 'make it\'\''s'
            command -p env 'make' 'it'\''s' || finish $? 'make it\'\''s'

            finish 0 ''
        "##]]
        .assert_eq(&script(&recipe, Path::new("/state/run 1"), 0o022));
    }
}
