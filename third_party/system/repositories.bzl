"""External repositories over libraries that are installed on the machine."""

def _installed_library(ctx, home_variable, system_includes, home_includes, libraries):
    """One cc_library named like the repository, from $home_variable or the system's default paths."""
    home = ctx.os.environ.get(home_variable, "")
    if home:
        for folder in ["include", "lib"]:
            if not ctx.path(home + "/" + folder).exists:
                fail("{} is {}: expected a folder '{}' in it; unset it to use the system's {}".format(
                    home_variable,
                    home,
                    folder,
                    ctx.name,
                ))
        ctx.symlink(home + "/include", "include")
        flags = ["-isystem" + home + "/" + i for i in home_includes]
        linkopts = ["-L" + home + "/lib", "-Wl,-rpath," + home + "/lib"]
    else:
        flags = ["-isystem" + i for i in system_includes]
        linkopts = []
    ctx.file("flags.bzl", "COPTS = {}\n".format(repr(flags)))
    ctx.file("BUILD", """\
cc_library(
    name = "{name}",
    linkopts = {linkopts},
    visibility = ["//visibility:public"],
)
""".format(name = ctx.name, linkopts = repr(linkopts + ["-l" + l for l in libraries])))

def _libtorch_impl(ctx):
    _installed_library(
        ctx,
        "LIBTORCH_HOME",
        system_includes = ["/usr/include/torch/csrc/api/include"],
        home_includes = ["include", "include/torch/csrc/api/include"],
        libraries = ["torch", "torch_cpu", "c10"],
    )

libtorch_repository = repository_rule(
    implementation = _libtorch_impl,
    environ = ["LIBTORCH_HOME"],
    local = True,
)

def _mujoco_impl(ctx):
    _installed_library(
        ctx,
        "MUJOCO_HOME",
        system_includes = [],
        home_includes = ["include"],
        libraries = ["mujoco"],
    )

mujoco_repository = repository_rule(
    implementation = _mujoco_impl,
    environ = ["MUJOCO_HOME"],
    local = True,
)
