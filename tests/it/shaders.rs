//! Every shader parses and validates, needs nothing beyond baseline WebGPU, and lays its uniforms out exactly as
//! the Rust side writes them. No driver needed.

use std::path::Path;

use halation::render::uniforms::LAYOUTS;
use naga::proc::Layouter;
use naga::valid::{Capabilities, ValidationFlags, Validator};
use naga::{AddressSpace, Module, TypeInner};

#[expect(clippy::unwrap_used, reason = "a test's own files")]
fn modules() -> Vec<(String, Module)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("shaders");
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    let mut found = Vec::new();
    for entry in std::fs::read_dir(&folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        // The renderer puts its libraries before it, too.
        let (mut source, mut first) = (String::new(), Some(name.clone()));
        while let Some(part) = first.take().map(|name| read(&name)) {
            first = part.lines().next().and_then(|line| line.strip_prefix("//!use ")).map(str::to_owned);
            source = part + &source;
        }
        let module = naga::front::wgsl::parse_str(&source)
            .unwrap_or_else(|error| panic!("{}", error.emit_to_string_with_path(&source, &name)));
        found.push((name, module));
    }
    assert!(found.len() >= 4, "where are the shaders?");
    found
}

/// What others begin with.
const LIBRARIES: [&str; 3] = ["effects.wgsl", "color.wgsl", "lens.wgsl"];

/// Whether it is a shader with effects.wgsl before it, whose uniforms are compared once, in that library itself.
fn uses_library(module: &Module) -> bool {
    !module.entry_points.is_empty() && module.types.iter().any(|(_, ty)| ty.name.as_deref() == Some("Effects"))
}

#[test]
fn every_shader_is_valid() {
    for (name, module) in modules() {
        let validated = Validator::new(ValidationFlags::all(), Capabilities::empty()).validate(&module);
        assert!(validated.is_ok(), "{name}: {:?}", validated.err());
        assert!(LIBRARIES.contains(&name.as_str()) || !module.entry_points.is_empty(), "{name} has no entry point");
    }
}

/// Whether the processor writes what lies there: uniforms, and storage that shaders only read.
fn is_written(space: AddressSpace) -> bool {
    space == AddressSpace::Uniform || space == AddressSpace::Storage { access: naga::StorageAccess::LOAD }
}

#[test]
fn uniforms_are_laid_out_as_in_rust() {
    let mut compared = 0;
    for (shader, module) in modules().into_iter().filter(|(_, module)| !uses_library(module)) {
        let mut layouter = Layouter::default();
        layouter.update(module.to_ctx()).unwrap();
        for (_, variable) in module.global_variables.iter().filter(|(_, v)| is_written(v.space)) {
            let ty = &module.types[variable.ty];
            let name = ty.name.as_deref().unwrap();
            let TypeInner::Struct { members, .. } = &ty.inner else { panic!("{shader}: {name} is no struct") };
            let rust = LAYOUTS
                .iter()
                .find(|layout| layout.shader == shader && layout.name == name)
                .unwrap_or_else(|| panic!("{shader}: render::uniforms does not list {name}"));
            assert_eq!(layouter[variable.ty].size as usize, rust.size, "{shader}: size of {name}");
            let wgsl: Vec<_> = members.iter().map(|m| (m.name.as_deref().unwrap(), m.offset as usize)).collect();
            assert_eq!(wgsl, rust.members, "{shader}: offsets of {name}");
            compared += 1;
        }
    }
    assert_eq!(compared, LAYOUTS.len(), "render::uniforms lists a struct no shader has");
}
