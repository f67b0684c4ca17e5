using System.Text.Json.Serialization;

namespace Pacs.Storage.Preprocessing;

/// <summary>
/// One change of what is sent: an attribute of the data set itself is removed, or gets a value. UIDs, pixel data, the
/// character set and sequences cannot be given values; UIDs and pixel data cannot be removed either.
/// </summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record AttributeChange
{
    /// <summary>Keyword or eight hexadecimal digits.</summary>
    public string Attribute { get; init => field = value ?? ""; } = "";

    /// <summary>Of a private attribute: its creator. Where an object has none of its elements, there is nothing to change.</summary>
    public string? PrivateCreator { get; init; }

    /// <summary>It is taken out. Default false.</summary>
    public bool Remove { get; init; }

    /// <summary>
    /// The value: text with attributes of the object in braces, as <c>{PatientID}^{StudyDate}</c>. Behind an attribute may come
    /// functions: <c>{PatientID|default:UNKNOWN}</c>, <c>prefix:</c>, <c>suffix:</c>, <c>left:</c> (so many characters),
    /// <c>upper</c>, <c>lower</c>, <c>map</c> (by <see cref="Map"/>). A backslash separates values; braces are doubled to be themselves.
    /// </summary>
    public string? Value { get; init; }

    /// <summary>What <c>map</c> makes of a value; <c>*</c> for all others, which stay as they are without it.</summary>
    public IReadOnlyDictionary<string, string>? Map { get; init; }

    /// <summary>Only if there is no value yet. Default false.</summary>
    public bool OnlyIfEmpty { get; init; }
}
