using System.Text.Json;
using System.Text.Json.Serialization;

namespace Pacs.Storage.Security;

/// <summary>Secrets in the settings that the database keeps: as they are.</summary>
internal sealed class SecretConverter : JsonConverter<Secret>
{
    public override Secret Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => ReadString(ref reader);

    public override void Write(Utf8JsonWriter writer, Secret value, JsonSerializerOptions options) => writer.WriteStringValue(value.Reveal());

    /// <exception cref="JsonException">Not a string.</exception>
    internal static Secret ReadString(ref Utf8JsonReader reader) =>
        reader.TokenType == JsonTokenType.String ? new Secret(reader.GetString()!) : throw new JsonException("A secret is a string.");
}
