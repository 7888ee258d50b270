"""C++ libraries from .proto files through the system's protoc and gRPC plugin."""

def _generate_impl(ctx):
    headers = []
    sources = []
    for src in ctx.files.srcs:
        base = src.basename[:-len(".proto")]
        for ending in [".pb"] + ([".grpc.pb"] if ctx.attr.grpc else []):
            headers.append(ctx.actions.declare_file(base + ending + ".h"))
            sources.append(ctx.actions.declare_file(base + ending + ".cc"))
    args = ["-I.", "--cpp_out=" + ctx.bin_dir.path]
    if ctx.attr.grpc:
        args += ["--grpc_out=" + ctx.bin_dir.path, "--plugin=protoc-gen-grpc=/usr/bin/grpc_cpp_plugin"]
    ctx.actions.run(
        executable = "/usr/bin/protoc",
        arguments = args + [src.path for src in ctx.files.srcs],
        inputs = ctx.files.srcs + ctx.files.imports,
        outputs = headers + sources,
        mnemonic = "Protoc",
    )
    return [
        DefaultInfo(files = depset(headers + sources)),
        OutputGroupInfo(headers = depset(headers), sources = depset(sources)),
    ]

_generate = rule(
    implementation = _generate_impl,
    attrs = {
        "srcs": attr.label_list(allow_files = [".proto"]),
        "imports": attr.label_list(allow_files = [".proto"]),
        "grpc": attr.bool(),
    },
)

def cc_proto(name, src, imports = [], deps = [], grpc = False, visibility = None):
    """A cc_library `name` with the messages (and with `grpc` the services) of one file."""
    _generate(name = name + "_generate", srcs = [src], imports = imports, grpc = grpc)
    for group in ["headers", "sources"]:
        native.filegroup(
            name = name + "_" + group,
            srcs = [":" + name + "_generate"],
            output_group = group,
        )
    native.cc_library(
        name = name,
        srcs = [":" + name + "_sources"],
        hdrs = [":" + name + "_headers"],
        copts = ["-w"],
        visibility = visibility,
        deps = deps + (["//third_party/system:grpc"] if grpc else ["//third_party/system:protobuf"]),
    )
