"""External repositories over libraries that are installed on the machine."""

def _installed_library(ctx, home_variable, home_includes, libraries):
    """One cc_library named like the repository, from $home_variable or the system's default paths."""
    home = ctx.os.environ.get(home_variable, "")
    attributes = {"linkopts": ["-l" + library for library in libraries]}
    headers = ""
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
        headers = "hdrs = glob([\"include/**\"]),"
        attributes["includes"] = home_includes
        attributes["linkopts"] = ["-L" + home + "/lib", "-Wl,-rpath," + home + "/lib"] + attributes["linkopts"]
    ctx.file("BUILD", """\
cc_library(
    name = "{}",
    {}
    {}
    visibility = ["//visibility:public"],
)
""".format(ctx.name, headers, "\n    ".join([k + " = " + repr(v) + "," for k, v in attributes.items()])))

def _libtorch_impl(ctx):
    _installed_library(
        ctx,
        "LIBTORCH_HOME",
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
        home_includes = ["include"],
        libraries = ["mujoco"],
    )

mujoco_repository = repository_rule(
    implementation = _mujoco_impl,
    environ = ["MUJOCO_HOME"],
    local = True,
)
