//! The command line of surus.

mod arguments;
mod configuration;
mod serve;

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    os::allow_huge_pages(false);
    let arguments = arguments::parse();
    match configuration::read(arguments).and_then(|configuration| serve::serve(&configuration)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let fields = error.fields();
            eprintln!("surus: {}", fields.message);
            for more in [&fields.detail, &fields.hint].into_iter().flatten() {
                eprintln!("       {more}");
            }
            ExitCode::FAILURE
        }
    }
}
