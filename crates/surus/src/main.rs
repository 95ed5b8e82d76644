//! The command line of surus.

mod arguments;
mod configuration;
mod inspect;
mod serve;

use arguments::Task;
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    os::allow_huge_pages(false);
    let result = match arguments::parse() {
        Task::Serve(arguments) => configuration::read(arguments)
            .and_then(|configuration| serve::serve(&configuration))
            .map(|()| ExitCode::SUCCESS),
        Task::Check(directory) => inspect::check(&directory),
        Task::Info(directory) => inspect::info(&directory),
    };
    match result {
        Ok(code) => code,
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
