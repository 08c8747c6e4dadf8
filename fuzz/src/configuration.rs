//! The configuration: limits of what is accepted, places of what is not.

use super::plain::{assert_below, assert_one_line, assert_within};
use super::toml_text::{list, quoted};
use runtime::configuration::{
    AppSettings, CONFIGURATION_BYTES_MAX, Configuration, Defaults, FollowUpCall, FollowUpSettings,
    FormerWaySettings, Login, Problem, ReleaseSettings, RepositorySettings, Secret, read_configuration,
};
use std::fmt::Write as _;

/// Problems of one configuration.
const PROBLEMS_MAX: usize = 100;
/// Thirty days in seconds: the longest that anything may wait or run.
const SECONDS_MAX: u64 = 30 * 24 * 3600;

/// Everything that [`read_configuration`] promises.
pub fn configuration(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    match read(text) {
        Ok(configuration) => {
            assert!(text.len() <= CONFIGURATION_BYTES_MAX);
            demand_release(&configuration.release);
            for (name, settings) in &configuration.repositories {
                demand_repository(settings);
                assert!(!configuration.folder_candidates(name).is_empty());
                assert!((1..=SECONDS_MAX).contains(&configuration.running_seconds_max(name)));
                assert!((1..=SECONDS_MAX).contains(&configuration.queued_seconds_max(name)));
            }
            let written = written(&configuration);
            let again = read(&written).unwrap_or_else(|problems| panic!("{}\nin\n{written}", problems[0]));
            assert_eq!(again, configuration, "{written}");
        }
        Err(problems) => demand_places(text, &problems),
    }
}

fn read(text: &str) -> Result<Configuration, Vec<Problem>> {
    let platform = "linux-x86_64"
        .parse()
        .unwrap_or_else(|_| panic!("a legal platform"));
    read_configuration("governance-app.toml", text, &Defaults { runners: 4, platform })
}

fn demand_places(text: &str, problems: &[Problem]) {
    assert!((1..=PROBLEMS_MAX).contains(&problems.len()));
    let places: Vec<(usize, usize)> = problems
        .iter()
        .map(|problem| (problem.line, problem.column))
        .collect();
    assert!(places.is_sorted(), "{places:?}");
    for problem in problems {
        assert_within(text, problem.line, problem.column);
        assert_one_line(&problem.message);
        assert_one_line(&problem.remedy);
    }
}

fn demand_release(release: &ReleaseSettings) {
    assert!((1..=1024).contains(&release.runners));
    assert!(release.retry_budget <= 10_000 && (1..=100).contains(&release.attempts_max));
    assert!(release.approvals_required <= 100 && release.signatures_required <= 100);
    assert!(!release.platforms.is_empty());
}

fn demand_repository(settings: &RepositorySettings) {
    assert!(
        settings
            .platforms
            .as_ref()
            .is_none_or(|platforms| !platforms.is_empty())
    );
    assert!(
        settings
            .build
            .as_ref()
            .is_none_or(|commands| !commands.is_empty())
    );
    assert!(
        settings
            .path
            .as_ref()
            .is_none_or(|path| !path.as_os_str().is_empty())
    );
    for command in settings.build.iter().flatten().chain(&settings.test) {
        assert!(
            !command.is_empty() && command.iter().all(|word| !word.contains('\0')),
            "{command:?}"
        );
    }
    for (name, value) in &settings.env {
        assert!(
            !name.is_empty() && !name.contains(['=', '\0']) && !value.contains('\0'),
            "{name:?}"
        );
    }
    for artifact in settings.artifacts.iter().flatten() {
        assert_below(&artifact.path);
    }
}

/// The configuration as a text that says everything.
fn written(configuration: &Configuration) -> String {
    let ReleaseSettings {
        name,
        repository,
        runners,
        retry_budget,
        attempts_max,
        approvals_required,
        signatures_required,
        queued_seconds_max,
        running_seconds_max,
        platforms,
        allow_token_approvals,
        changelog,
        triggers,
        after,
        follow_ups,
        former_way,
    } = &configuration.release;
    let platforms = list(platforms.iter().map(|platform| platform.as_str()));
    let mut text = format!(
        "[release]\nname = {}\nplatforms = {platforms}\nrunners = {runners}\nretry_budget = {retry_budget}\n\
         attempts_max = {attempts_max}\napprovals_required = {approvals_required}\n\
         signatures_required = {signatures_required}\nqueued_seconds_max = {queued_seconds_max}\n\
         running_seconds_max = {running_seconds_max}\nallow_token_approvals = {allow_token_approvals}\n\
         changelog = {changelog}\n\
         triggers = {{ production = {}, prerelease = {} }}\n",
        quoted(name.as_str()),
        list(triggers.production.iter().map(Login::as_str)),
        list(triggers.prerelease.iter().map(Login::as_str)),
    );
    if let Some(repository) = repository {
        text += &line("repository", &quoted(&repository.to_string()));
    }
    text += "[release.after]\n";
    for (name, earlier) in after {
        text += &line(&quoted(name.as_str()), &list(earlier));
    }
    for (name, one) in follow_ups {
        text += &follow_up(name, one);
    }
    text += &former_way.as_ref().map(former).unwrap_or_default();
    text += &server_sections(configuration);
    for (name, settings) in &configuration.repositories {
        let _infallible = write!(
            text,
            "[repositories.{}]\n{}",
            quoted(name.as_str()),
            repository_lines(settings)
        );
    }
    text
}

fn follow_up(name: &str, one: &FollowUpSettings) -> String {
    let mut text = format!(
        "[release.follow_up.{}]\nrepository = {}\nrepeatable = {}\n",
        quoted(name),
        quoted(&one.repository.to_string()),
        one.repeatable
    );
    match &one.call {
        FollowUpCall::Event { event_type } => text += &line("event_type", &quoted(event_type)),
        FollowUpCall::Workflow { file, branch } => {
            text += &line("workflow", &quoted(file));
            text += &line("branch", &quoted(branch));
        }
    }
    if let Some(channel) = one.channel {
        text += &line("channel", &quoted(&channel.to_string()));
    }
    text + &line("payload", &texts(&one.payload))
}

fn former(way: &FormerWaySettings) -> String {
    let mut text = format!(
        "[release.former_way]\nrepository = {}\nbranch = {}\nautomatic = {}\n",
        quoted(&way.repository.to_string()),
        quoted(&way.branch),
        way.automatic
    );
    for step in &way.steps {
        text += &line(step.name, &quoted(&step.file));
        text += &line(&format!("{}_inputs", step.name), &texts(&step.inputs));
    }
    text
}

/// An inline table of texts.
fn texts(texts: &std::collections::BTreeMap<String, String>) -> String {
    let pairs: Vec<String> = texts
        .iter()
        .map(|(name, text)| format!("{} = {}", quoted(name), quoted(text)))
        .collect();
    format!("{{ {} }}", pairs.join(", "))
}

/// `[github]`, `[github.release]`, `[server]` and `[database]`.
fn server_sections(configuration: &Configuration) -> String {
    let (github, server) = (&configuration.github, &configuration.server);
    let secret_line = |key: &str, secret: &Option<Secret>| {
        secret
            .as_ref()
            .map_or_else(String::new, |secret| line(key, &quoted(&shown(secret))))
    };
    let app = |app: &AppSettings| {
        let id = app
            .app_id
            .map_or_else(String::new, |id| line("app_id", &id.to_string()));
        id + &secret_line("private_key_path", &app.private_key)
    };
    let owner = github
        .owner
        .as_ref()
        .map_or_else(String::new, |owner| line("owner", &quoted(owner.as_str())));
    let tokens = server.tokens_file.as_ref().map_or_else(String::new, |path| {
        line("tokens_file", &quoted(&path.to_string_lossy()))
    });
    [
        "[github]\n".to_owned(),
        app(&github.app),
        owner,
        line("api_url", &quoted(&github.api_url)),
        line("download_hosts", &list(&github.download_hosts)),
        secret_line("webhook_secret", &github.webhook_secret),
        secret_line("webhook_secret_next", &github.webhook_secret_next),
        line("dry_run", &github.dry_run.to_string()),
        "[github.release]\n".to_owned(),
        app(&github.release),
        "[server]\n".to_owned(),
        line("host", &quoted(&server.host)),
        line("port", &server.port.to_string()),
        tokens,
        "[database]\n".to_owned(),
        secret_line("url", &configuration.database.url),
    ]
    .concat()
}

/// A secret as it is configured.
fn shown(secret: &Secret) -> String {
    match secret {
        Secret::Inline(text) => text.clone(),
        Secret::Environment(name) => format!("env:{name}"),
        Secret::File(path) => format!("file:{}", path.display()),
    }
}

fn line(key: &str, value: &str) -> String {
    format!("{key} = {value}\n")
}

fn repository_lines(settings: &RepositorySettings) -> String {
    let text = |key, value: Option<String>| value.map(|value| line(key, &quoted(&value)));
    let number = |key, value: Option<u64>| value.map(|value| line(key, &value.to_string()));
    let platforms = settings
        .platforms
        .as_ref()
        .map(|all| list(all.iter().map(|platform| platform.as_str())));
    let test = (!settings.test.is_empty()).then_some(&settings.test);
    let lines = [
        text(
            "path",
            settings
                .path
                .as_ref()
                .map(|path| path.to_string_lossy().into_owned()),
        ),
        text("repo", settings.repo.as_ref().map(ToString::to_string)),
        text("workflow", settings.workflow.clone()),
        text("event_type", settings.event_type.clone()),
        number("queued_seconds_max", settings.queued_seconds_max),
        number("running_seconds_max", settings.running_seconds_max),
        number("expected_seconds", settings.expected_seconds),
        Some(line("optional", &settings.optional.to_string())),
        Some(line("aliases", &list(&settings.aliases))),
        platforms.map(|platforms| line("platforms", &platforms)),
        settings
            .build
            .as_ref()
            .map(|commands| line("build", &command_lists(commands))),
        test.map(|commands| line("test", &command_lists(commands))),
        Some(line("env", &variables(settings))),
        settings
            .artifacts
            .as_ref()
            .map(|_| line("artifacts", &artifacts(settings))),
    ];
    lines.into_iter().flatten().collect()
}

fn command_lists(commands: &[Vec<String>]) -> String {
    let commands: Vec<String> = commands.iter().map(list).collect();
    format!("[{}]", commands.join(", "))
}

fn variables(settings: &RepositorySettings) -> String {
    let variables = settings
        .env
        .iter()
        .map(|(name, value)| format!("{} = {}", quoted(name), quoted(value)));
    format!("{{ {} }}", variables.collect::<Vec<_>>().join(", "))
}

fn artifacts(settings: &RepositorySettings) -> String {
    let artifacts = settings.artifacts.iter().flatten().map(|artifact| {
        format!(
            "{{ name = {}, path = {} }}",
            quoted(artifact.name.as_str()),
            quoted(&artifact.path)
        )
    });
    format!("[{}]", artifacts.collect::<Vec<_>>().join(", "))
}
