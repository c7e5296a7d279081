//! Turns the built-in knowledge, which people write as TOML, into JSON, which is read ten times as fast at every start.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "a build script reads files and talks to cargo"
)]

use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fs};
use toml::Value;

fn main() -> Result<(), Box<dyn Error>> {
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("OUT_DIR is not set")?);
    for folder in ["knowledge", "causes"] {
        println!("cargo::rerun-if-changed={folder}");
        fs::create_dir_all(out.join(folder))?;
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "toml") {
                let json = json(&path).map_err(|error| format!("{}: {error}", path.display()))?;
                fs::write(out.join(&path).with_extension("json"), json)?;
            }
        }
    }
    Ok(())
}

fn json(path: &Path) -> Result<String, Box<dyn Error>> {
    let value: Value = toml::from_str(&fs::read_to_string(path)?)?;
    Ok(serde_json::to_string(&without_dates(value))?)
}

/// JSON has no dates.
fn without_dates(value: Value) -> Value {
    match value {
        Value::Datetime(date) => Value::String(date.to_string()),
        Value::Array(items) => items.into_iter().map(without_dates).collect::<Vec<_>>().into(),
        Value::Table(table) => Value::Table(table.into_iter().map(|(key, item)| (key, without_dates(item))).collect()),
        other => other,
    }
}
