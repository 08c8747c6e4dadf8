//! A component of a play's organisation: a repository whose build is a line of shell, so that a play takes a second.

/// What a component is called, needs, builds and yields. Its version is 0.1.0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Component {
    pub(crate) name: String,
    pub(crate) needs: Vec<String>,
    pub(crate) script: String,
    pub(crate) binaries: Vec<String>,
    pub(crate) settings: Vec<String>,
    pub(crate) files: Vec<(String, String)>,
}

impl Component {
    /// A library that needs nothing and whose build does nothing.
    pub fn new(name: &str) -> Component {
        Component {
            name: name.to_owned(),
            needs: Vec::new(),
            script: "true".to_owned(),
            binaries: Vec::new(),
            settings: Vec::new(),
            files: Vec::new(),
        }
    }

    /// Needs another component.
    pub fn needing(mut self, name: &str) -> Component {
        self.needs.push(name.to_owned());
        self
    }

    /// Is built by this script, run with `sh -e` in the repository's folder. Other components lie beside it, as `../NAME`.
    pub fn building(mut self, script: &str) -> Component {
        script.clone_into(&mut self.script);
        self
    }

    /// Yields a binary, which the script leaves in the repository's folder under its name.
    pub fn with_binary(mut self, name: &str) -> Component {
        self.binaries.push(name.to_owned());
        self
    }

    /// A further line of its table in the configuration, such as `optional = true`.
    pub fn configured(mut self, line: &str) -> Component {
        self.settings.push(line.to_owned());
        self
    }

    /// A further file of the repository.
    pub fn with_file(mut self, path: &str, text: &str) -> Component {
        self.files.push((path.to_owned(), text.to_owned()));
        self
    }

    /// Its line in versions.toml.
    pub(crate) fn entry(&self) -> String {
        let needs: Vec<String> = self
            .needs
            .iter()
            .map(|name| format!("\"{name}=0.1.0\""))
            .collect();
        let binaries: Vec<String> = self.binaries.iter().map(|name| format!("\"{name}\"")).collect();
        format!(
            "{} = {{ version = \"0.1.0\", git_tag = \"v0.1.0\", requires = [{}], binaries = [{}] }}\n",
            self.name,
            needs.join(", "),
            binaries.join(", ")
        )
    }

    /// Its table in the configuration.
    pub(crate) fn table(&self) -> String {
        let artifacts: Vec<String> = self.binaries.iter().map(|name| format!("\"{name}\"")).collect();
        let mut table = format!(
            "\n[repositories.{}]\nbuild = [\"sh\", \"-e\", \"build.sh\"]\nartifacts = [{}]\n",
            self.name,
            artifacts.join(", ")
        );
        for line in &self.settings {
            table.push_str(line);
            table.push('\n');
        }
        table
    }
}
