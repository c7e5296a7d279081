//! The words of every cause: what is wrong, what it does, how to repair it, and how to collect what a check needs.
//!
//! One file per cause in `causes/`; the order here is the order of reports. Ids are public and never change.

mod files;
#[cfg(test)]
mod tests;

use crate::repair::{plain_host, ps_quote};
use delegap_model::{Class, Effect, Reference, Shell, Step};
use serde::Deserialize;
use std::sync::OnceLock;

/// A root cause that the analyzer can name, tell apart or rule out.
#[derive(Debug)]
pub struct Cause {
    /// The public id, such as `kcd-missing`.
    pub id: &'static str,
    /// Its class.
    pub class: Class,
    /// One line.
    pub title: String,
    /// What is wrong, in general.
    pub problem: String,
    /// What it does to the customer.
    pub impact: String,
    /// What puts it right, in short.
    pub resolution: String,
    /// What to say when it was looked for and is not so.
    pub clear: String,
    /// The command that collects what a check of it needs.
    pub collect: String,
    /// What is missing when it can't be checked, as a noun phrase.
    pub missing: String,
    /// What proves it.
    pub proof: String,
    /// What speaks against it.
    pub against: String,
    /// Causes that are easily taken for it, each with what tells them apart.
    pub look_alikes: Vec<(String, String)>,
    /// What lets VMs move meanwhile.
    pub workaround: Vec<String>,
    /// Where to read more.
    pub references: Vec<Reference>,
    steps: Vec<StepText>,
}

/// All causes, in catalogue order.
pub fn all() -> &'static [Cause] {
    static CAUSES: OnceLock<Vec<Cause>> = OnceLock::new();
    CAUSES.get_or_init(|| {
        let parse = |&(id, text): &(&'static str, &str)| match serde_json::from_str::<File>(text) {
            Ok(file) => file.into_cause(id),
            // A built-in text: the tests read every one of them.
            Err(error) => unreachable!("causes/{id}.toml: {error}"),
        };
        files::FILES.iter().map(parse).collect()
    })
}

impl Cause {
    /// The steps of the repair with the hosts filled in.
    ///
    /// A host that is `None` stands as `SOURCE-HOST` or `DESTINATION-HOST` in commands; a name that is no plain host
    /// name takes the command away and the step says so. Empty where the steps depend on the pair ([`crate::repair`]).
    pub fn steps(&self, source: Option<&str>, destination: Option<&str>) -> Vec<Step> {
        let fill = Fill { source, destination };
        self.steps.iter().map(|text| text.step(&fill)).collect()
    }
}

/// A cause's file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    id: String,
    class: ClassName,
    title: String,
    problem: String,
    impact: String,
    resolution: String,
    clear: String,
    collect: String,
    missing: String,
    proof: String,
    against: String,
    look_alikes: Vec<(String, String)>,
    #[serde(default)]
    steps: Vec<StepText>,
    #[serde(default)]
    workaround: Vec<String>,
    #[serde(default)]
    references: Vec<ReferenceText>,
}

impl File {
    fn into_cause(self, id: &'static str) -> Cause {
        debug_assert_eq!(self.id, id, "a file stands under the wrong id");
        Cause {
            id,
            class: self.class.into(),
            title: self.title,
            problem: self.problem,
            impact: self.impact,
            resolution: self.resolution,
            clear: self.clear,
            collect: self.collect,
            missing: self.missing,
            proof: self.proof,
            against: self.against,
            look_alikes: self.look_alikes,
            workaround: self.workaround,
            references: self.references.into_iter().map(|r| Reference { url: r.url, says: r.says }).collect(),
            steps: self.steps,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReferenceText {
    url: String,
    says: String,
}

/// A step with `{source}` and `{destination}` still open.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct StepText {
    text: String,
    command: Option<String>,
    shell: Option<ShellName>,
    console: Option<String>,
    runs_on: String,
    requires: String,
    effect: EffectName,
    undo: Option<String>,
    wait: Option<String>,
    verify: Option<String>,
}

impl StepText {
    fn step(&self, fill: &Fill) -> Step {
        let mut text = fill.prose(&self.text);
        let command = self.command.as_ref().and_then(|command| fill.command(command, self.shell));
        if self.command.is_some() && command.is_none() {
            text.push_str(" No command is given: a host's name in the files holds characters that no host name has.");
        }
        let undo = self.undo.as_ref().map(|undo| match self.shell {
            Some(_) if self.command.is_some() => {
                fill.command(undo, self.shell).unwrap_or_else(|| "Set what was changed back.".into())
            }
            _ => fill.prose(undo),
        });
        Step {
            text,
            shell: command.is_some().then(|| self.shell.unwrap_or(ShellName::PowerShell).into()),
            command,
            console: self.console.as_deref().map(|t| fill.prose(t)),
            runs_on: fill.prose(&self.runs_on),
            requires: fill.prose(&self.requires),
            effect: self.effect.into(),
            undo,
            wait: self.wait.as_deref().map(|t| fill.prose(t)),
            verify: self.verify.as_deref().map(|t| fill.prose(t)),
        }
    }
}

/// The hosts that a text speaks of.
struct Fill<'a> {
    source: Option<&'a str>,
    destination: Option<&'a str>,
}

impl Fill<'_> {
    /// For sentences: a name that is not plain stays out.
    fn prose(&self, text: &str) -> String {
        let name = |host: Option<&str>, otherwise: &str| host.and_then(plain_host).unwrap_or(otherwise).to_owned();
        text.replace("{source}", &name(self.source, "the source host"))
            .replace("{destination}", &name(self.destination, "the destination host"))
    }

    /// For commands: `None` if a name they need is not plain.
    fn command(&self, text: &str, shell: Option<ShellName>) -> Option<String> {
        let mut filled = text.to_owned();
        let hosts = [("{source}", self.source, "SOURCE-HOST"), ("{destination}", self.destination, "DESTINATION-HOST")];
        for (open, host, otherwise) in hosts {
            if filled.contains(open) {
                let name = plain_host(host.unwrap_or(otherwise))?;
                let name = if shell == Some(ShellName::Cmd) { name.to_owned() } else { ps_quote(name) };
                filled = filled.replace(open, &name);
            }
        }
        Some(filled)
    }
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum ClassName {
    Delegation,
    Authentication,
    Network,
    Compatibility,
    Resource,
    Storage,
    Cluster,
    Service,
}

impl From<ClassName> for Class {
    fn from(name: ClassName) -> Class {
        match name {
            ClassName::Delegation => Class::Delegation,
            ClassName::Authentication => Class::Authentication,
            ClassName::Network => Class::Network,
            ClassName::Compatibility => Class::Compatibility,
            ClassName::Resource => Class::Resource,
            ClassName::Storage => Class::Storage,
            ClassName::Cluster => Class::Cluster,
            ClassName::Service => Class::Service,
        }
    }
}

#[derive(Debug, Deserialize, Clone, Copy, PartialEq)]
#[serde(rename_all = "lowercase")]
enum ShellName {
    PowerShell,
    Cmd,
}

impl From<ShellName> for Shell {
    fn from(name: ShellName) -> Shell {
        match name {
            ShellName::PowerShell => Shell::PowerShell,
            ShellName::Cmd => Shell::Cmd,
        }
    }
}

#[derive(Debug, Deserialize, Clone, Copy)]
#[serde(rename_all = "kebab-case")]
enum EffectName {
    ReadOnly,
    Changes,
    Destructive,
}

impl From<EffectName> for Effect {
    fn from(name: EffectName) -> Effect {
        match name {
            EffectName::ReadOnly => Effect::ReadOnly,
            EffectName::Changes => Effect::Changes,
            EffectName::Destructive => Effect::Destructive,
        }
    }
}
