"""Recipe of the speaker networks: published weights, converted to ONNX."""
