declare module '@opentelemetry/otlp-transformer/build/src/generated/root.js' {
  interface Type {
    fromObject: (json: object) => object
    verify: (message: object) => string | null
    encode: (message: object) => { finish: () => Uint8Array }
    decode: (wire: Uint8Array) => object
    toObject: (message: object, options: object) => object
  }
  /** protobufjs' code for OpenTelemetry's own .proto files. */
  export const opentelemetry: {
    proto: { collector: { trace: { v1: { ExportTraceServiceRequest: Type } } } }
  }
}
