//! Running other programs: echoed, checked, or listened to line by line.

use crate::report;
use anyhow::{Context as _, Result, bail};
use std::ffi::OsString;
use std::fs::File;
use std::io::{BufRead, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Arguments of a call that are shown: enough to type it again, unless a program made it.
const SHOWN_MAX: usize = 20;

/// Which of a program's outputs is listened to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Listen {
    /// Standard output, where `cargo test` prints its results.
    Output,
    /// Standard error, where nextest prints its summary.
    Error,
}

/// A program with its arguments, folder and additional environment.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    program: OsString,
    arguments: Vec<OsString>,
    folder: Option<PathBuf>,
    environment: Vec<(String, String)>,
}

impl Call {
    /// A program found on the search path.
    pub(crate) fn new(program: &str) -> Call {
        Call {
            program: program.into(),
            arguments: Vec::new(),
            folder: None,
            environment: Vec::new(),
        }
    }

    /// More arguments.
    pub(crate) fn args<I: IntoIterator<Item = S>, S: Into<OsString>>(mut self, more: I) -> Call {
        self.arguments.extend(more.into_iter().map(Into::into));
        self
    }

    /// The folder to run in.
    pub(crate) fn inside(mut self, folder: &Path) -> Call {
        self.folder = Some(folder.to_owned());
        self
    }

    /// One more environment variable.
    pub(crate) fn env(mut self, name: &str, value: &str) -> Call {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The program and its arguments.
    pub(crate) fn words(&self) -> impl Iterator<Item = &OsString> {
        std::iter::once(&self.program).chain(&self.arguments)
    }

    /// Whether the program ends well; a program that cannot be started does not. Its output is not shown.
    pub(crate) fn succeeds(&self) -> bool {
        let quiet = self
            .command()
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        quiet.is_ok_and(|status| status.success())
    }

    /// Runs with our own outputs; an error if it does not end well.
    pub(crate) fn run(&self) -> Result<()> {
        report::say(&format!("$ {self}"));
        let status = self
            .command()
            .status()
            .with_context(|| format!("failed to start {self}"))?;
        if !status.success() {
            bail!("{self} ended with {status}");
        }
        Ok(())
    }

    /// Runs with this on its standard input, echoes its standard output line by line and hands each line to `hear`. Answers its
    /// exit code; an error if a signal ended it.
    pub(crate) fn listen_on(&self, input: &str, mut hear: impl FnMut(&str)) -> Result<u8> {
        let mut command = self.command();
        let started = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut child = started.with_context(|| format!("failed to start {self}"))?;
        if let Some(mut stdin) = child.stdin.take() {
            stdin
                .write_all(input.as_bytes())
                .with_context(|| format!("failed to write to {self}"))?;
        }
        if let Some(output) = child.stdout.take() {
            echo(BufReader::new(output), report::print, &mut hear)?;
        }
        let status = child
            .wait()
            .with_context(|| format!("failed to wait for {self}"))?;
        let code = status.code().and_then(|code| u8::try_from(code).ok());
        code.with_context(|| format!("{self} ended with {status}"))
    }

    /// Runs with this on its standard input; answers its exit code and what it printed.
    pub(crate) fn answer_on(&self, input: &str) -> Result<(u8, String)> {
        let mut command = self.command();
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command
            .spawn()
            .with_context(|| format!("failed to start {self}"))?;
        if let Some(mut stdin) = child.stdin.take() {
            stdin
                .write_all(input.as_bytes())
                .with_context(|| format!("failed to write to {self}"))?;
        }
        let output = child
            .wait_with_output()
            .with_context(|| format!("failed to wait for {self}"))?;
        let code = output.status.code().and_then(|code| u8::try_from(code).ok());
        let code = code.with_context(|| format!("{self} ended with {}", output.status))?;
        let printed = String::from_utf8(output.stdout)
            .with_context(|| format!("{self} printed something else than UTF-8"))?;
        Ok((code, printed))
    }

    /// Runs and answers what it printed; its standard error comes with the error if it does not end well.
    pub(crate) fn output(&self) -> Result<String> {
        let output = self
            .command()
            .output()
            .with_context(|| format!("failed to start {self}"))?;
        if !output.status.success() {
            bail!(
                "{self} ended with {}:\n{}",
                output.status,
                String::from_utf8_lossy(&output.stderr)
            );
        }
        String::from_utf8(output.stdout).with_context(|| format!("{self} printed something else than UTF-8"))
    }

    /// Runs with both outputs going into a file. Answers whether it ended well.
    pub(crate) fn run_into(&self, file: &File) -> Result<bool> {
        report::say(&format!("$ {self}"));
        let mut command = self.command();
        command.stdout(file.try_clone()?).stderr(file.try_clone()?);
        let status = command
            .status()
            .with_context(|| format!("failed to start {self}"))?;
        Ok(status.success())
    }

    /// Runs, echoes one of its outputs line by line and hands each line to `hear`. Answers whether it ended well.
    pub(crate) fn listen(&self, to: Listen, mut hear: impl FnMut(&str)) -> Result<bool> {
        report::say(&format!("$ {self}"));
        let mut command = self.command();
        match to {
            Listen::Output => command.stdout(Stdio::piped()),
            Listen::Error => command.stderr(Stdio::piped()),
        };
        let mut child = command
            .spawn()
            .with_context(|| format!("failed to start {self}"))?;
        let (output, error) = (child.stdout.take(), child.stderr.take());
        if let Some(output) = output {
            echo(BufReader::new(output), report::print, &mut hear)?;
        }
        if let Some(error) = error {
            echo(BufReader::new(error), report::say, &mut hear)?;
        }
        Ok(child.wait()?.success())
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).stdin(Stdio::null());
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        if let Some(folder) = &self.folder {
            command.current_dir(folder);
        }
        command
    }
}

impl std::fmt::Display for Call {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.program.to_string_lossy())?;
        let mut shown = self.arguments.iter().take(SHOWN_MAX);
        shown.try_for_each(|argument| write!(f, " {}", argument.to_string_lossy()))?;
        match self.arguments.len().saturating_sub(SHOWN_MAX) {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}

fn echo(mut lines: impl BufRead, show: fn(&str), hear: &mut impl FnMut(&str)) -> Result<()> {
    let mut line = Vec::new();
    while lines.read_until(b'\n', &mut line)? > 0 {
        let text = String::from_utf8_lossy(&line);
        let text = text.trim_end_matches(['\n', '\r']);
        show(text);
        hear(text);
        line.clear();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_the_chosen_output_are_heard() {
        let mut heard = Vec::new();
        let call = Call::new("sh").args(["-c", "echo one >&2; echo two >&2; exit 3"]);
        let well = call
            .listen(Listen::Error, |line| heard.push(line.to_owned()))
            .unwrap();
        assert!(!well);
        assert_eq!(heard, ["one", "two"]);
    }

    #[test]
    fn a_program_that_is_fed_is_heard_and_its_code_is_known() {
        let mut heard = Vec::new();
        let call = Call::new("sh").args(["-c", "read word; echo \"so $word\"; exit 3"]);
        let code = call.listen_on("it is\n", |line| heard.push(line.to_owned()));
        assert_eq!((code.unwrap(), heard), (3, vec!["so it is".to_owned()]));
        assert!(
            Call::new("sh")
                .args(["-c", "kill -9 $$"])
                .listen_on("", |_| {})
                .is_err()
        );
    }

    #[test]
    fn a_call_with_very_many_arguments_is_shown_shortened() {
        let shown = |count| Call::new("x").args(vec!["y"; count]).to_string();
        assert_eq!(shown(2), "x y y");
        assert!(!shown(SHOWN_MAX).contains("more"));
        assert!(shown(SHOWN_MAX + 3).ends_with(" y and 3 more"));
    }

    #[test]
    fn a_failure_names_the_command_and_what_it_said() {
        let error = Call::new("sh")
            .args(["-c", "echo because >&2; exit 3"])
            .output()
            .unwrap_err();
        let text = error.to_string();
        assert!(text.contains("sh -c") && text.contains("because"), "{text}");
        assert!(!Call::new("no-such-program-anywhere").succeeds());
    }
}
