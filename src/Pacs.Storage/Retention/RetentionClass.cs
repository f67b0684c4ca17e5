using System.Text.Json.Serialization;

namespace Pacs.Storage.Retention;

/// <summary>When studies may be deleted. A study has at most one class, which a routing rule gave it; one without a class stays.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record RetentionClass
{
    /// <summary>1 to 64 letters, digits, hyphens and underscores.</summary>
    public string Name { get; init => field = value ?? ""; } = "";

    /// <summary>What it is for: for people.</summary>
    public string Description { get; init => field = value ?? ""; } = "";

    /// <summary>Days since anything of the study came or changed. Null: that is not asked. Where both are given, both have to have passed.</summary>
    public int? DaysSinceReceived { get; init; }

    /// <summary>Days since the Study Date; a study without one stays. Null: that is not asked.</summary>
    public int? DaysSinceStudyDate { get; init; }

    /// <summary>Only series of these modalities are deleted. Null: the whole study.</summary>
    public IReadOnlyList<string>? Modalities { get; init; }

    /// <summary>False: nothing is deleted. Default true.</summary>
    public bool IsEnabled { get; init; } = true;
}
