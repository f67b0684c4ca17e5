using System.Text.Json;
using System.Text.Json.Serialization;

namespace Pacs.Storage.Security;

/// <summary>Secrets in JSON: taken as they are, given as a mask.</summary>
internal sealed class SecretMaskConverter : JsonConverter<Secret>
{
    public override Secret Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => SecretConverter.ReadString(ref reader);

    public override void Write(Utf8JsonWriter writer, Secret value, JsonSerializerOptions options) => writer.WriteStringValue(Secret.Mask);
}
