using System.Text.Json.Serialization;

namespace Pacs.Api.Rest.Peers;

/// <summary>A search of several archives.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record PeerSearchBody
{
    /// <summary>What is searched for: "patient", "study", "series" or "instance" ("image"). Default study.</summary>
    public string Level { get; init => field = value ?? "study"; } = "study";

    /// <summary>Attribute to value, as in QIDO-RS: keyword or eight hexadecimal digits, through sequences with dots between; wildcards, ranges, lists.</summary>
    public IReadOnlyDictionary<string, string> Keys { get; init => field = value ?? new Dictionary<string, string>(); } = new Dictionary<string, string>();

    /// <summary>Attributes wanted in each match. Default those that a person chooses by.</summary>
    public IReadOnlyList<string>? Return { get; init; }

    /// <summary>AE titles. Default every peer that is searchable.</summary>
    public IReadOnlyList<string>? Peers { get; init; }

    /// <summary>This archive is searched as well. Default false.</summary>
    public bool IncludeThisArchive { get; init; }

    /// <summary>Person names match by likeness at archives that can. Default false.</summary>
    public bool FuzzyMatching { get; init; }

    /// <summary>For each source, 1 to 300. Default 30.</summary>
    public int TimeoutSeconds { get; init; } = 30;

    /// <summary>Matches of each source, 1 to 10,000. Default 500.</summary>
    public int Limit { get; init; } = 500;
}
