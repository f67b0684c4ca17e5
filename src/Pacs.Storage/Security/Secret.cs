using System.ComponentModel;
using System.Text.Json.Serialization;

namespace Pacs.Storage.Security;

/// <summary>
/// A password, key or client secret. Whatever writes it – a log, a message, REST – writes <see cref="Mask"/>; only the settings in
/// the database have it as it is.
/// </summary>
[JsonConverter(typeof(SecretMaskConverter))]
[TypeConverter(typeof(SecretTypeConverter))]
public sealed class Secret(string value) : IEquatable<Secret>
{
    /// <summary>What is shown of any secret; given back, it stands for the one that is kept.</summary>
    public const string Mask = "********";

    /// <summary>It is what was shown of another.</summary>
    [JsonIgnore]
    public bool IsMask => value == Mask;

    /// <summary>As it is, for the server that it is for and nobody else.</summary>
    public string Reveal() => value;

    public bool Equals(Secret? other) => other is not null && value == other.Reveal();
    public override bool Equals(object? obj) => Equals(obj as Secret);
    public override int GetHashCode() => value.GetHashCode(StringComparison.Ordinal);
    public override string ToString() => Mask;
}
