//! The files of a case.

use super::{Case, directory, dumps, logs, truth, updates};
use std::collections::BTreeMap;

impl Case {
    /// What the customer sends: paths such as `HV01/System.evtx` or `computers.csv`, and bytes.
    pub fn input_files(&self) -> BTreeMap<String, Vec<u8>> {
        let exports = &self.exports;
        let mut files: BTreeMap<String, Vec<u8>> = logs::files(self).into_iter().collect();
        if let Some(format) = exports.directory {
            files.insert(format.file_name().to_owned(), directory::computers(self, format));
        }
        if let Some(format) = exports.accounts {
            files.extend([directory::users(self, format)]);
            files.extend(self.groups.iter().map(|group| directory::group_members(self, group, format)));
        }
        files.extend(exports.vm_hosts.map(|format| dumps::vm_hosts(self, format)));
        files.extend(exports.cluster.map(|format| dumps::cluster(self, format)).unwrap_or_default());
        if let Some(format) = exports.updates {
            for host in self.hyper_v_hosts() {
                let (name, bytes) = updates::history(self, host, format);
                files.insert(format!("{}/{name}", host.name), bytes);
            }
        }
        files
    }

    /// A fixture's whole folder: `input/…`, `truth.json`, `PROVENANCE.md`.
    pub fn folder(&self, scenario: &str) -> BTreeMap<String, Vec<u8>> {
        let input = self.input_files().into_iter();
        let mut files: BTreeMap<_, _> = input.map(|(path, bytes)| (format!("input/{path}"), bytes)).collect();
        files.insert("truth.json".to_owned(), truth::document(self, scenario).into_bytes());
        let provenance = format!("Made by the test kit's scenario `{scenario}` (make-cases); no customer's data.\n");
        files.insert("PROVENANCE.md".to_owned(), provenance.into_bytes());
        files
    }
}
