using System.Text.Json.Serialization;

namespace Pacs.Storage.Routing;

/// <summary>
/// What an object has to be like. Everything that is given has to hold; of a list one entry. Texts of AE titles, listeners
/// and protocols may have the wildcards <c>*</c> and <c>?</c>. An attribute is tested by whichever of <see cref="EqualTo"/>,
/// <see cref="Matches"/>, <see cref="From"/>, <see cref="To"/>, <see cref="Regex"/> and <see cref="IsPresent"/> are given:
/// of an attribute with several values, or in several items, one has to pass.
/// </summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record RoutingCondition
{
    /// <summary>All of them hold.</summary>
    public IReadOnlyList<RoutingCondition>? All { get; init; }

    /// <summary>At least one of them holds.</summary>
    public IReadOnlyList<RoutingCondition>? Any { get; init; }

    /// <summary>It does not hold.</summary>
    public RoutingCondition? Not { get; init; }

    /// <summary>Calling AE titles. What did not come by DIMSE has the peer's that it was fetched from, or none.</summary>
    public IReadOnlyList<string>? CallingAeTitles { get; init; }

    /// <summary>Called AE titles.</summary>
    public IReadOnlyList<string>? CalledAeTitles { get; init; }

    /// <summary>Names of listeners.</summary>
    public IReadOnlyList<string>? Listeners { get; init; }

    /// <summary>Ways in: <c>DIMSE</c>, <c>STOW-RS</c>, <c>import</c>, and those of what was fetched.</summary>
    public IReadOnlyList<string>? Protocols { get; init; }

    /// <summary>IP addresses and networks that it came from (<c>192.0.2.0/24</c>, <c>2001:db8::/32</c>).</summary>
    public IReadOnlyList<string>? Addresses { get; init; }

    /// <summary>Modalities.</summary>
    public IReadOnlyList<string>? Modalities { get; init; }

    /// <summary>SOP Class UIDs.</summary>
    public IReadOnlyList<string>? SopClasses { get; init; }

    /// <summary>When it came, by the server's clock: <c>HH:MM-HH:MM</c>, the end not included; over midnight if the end is the earlier.</summary>
    public string? TimeOfDay { get; init; }

    /// <summary>Days on which it came, by the server's clock.</summary>
    public IReadOnlyList<DayOfWeek>? Weekdays { get; init; }

    /// <summary>Keyword or eight hexadecimal digits, through sequences with dots between: <c>PatientID</c>, <c>RequestAttributesSequence.ScheduledProcedureStepID</c>.</summary>
    public string? Attribute { get; init; }

    /// <summary>Of a private attribute: its creator. The attribute is then meant by group and last two digits, in whatever block an object has it.</summary>
    public string? PrivateCreator { get; init; }

    /// <summary>Has one of these values: numbers as numbers, dates as dates, names blind to case and accents, other text as it is.</summary>
    public IReadOnlyList<string>? EqualTo { get; init; }

    /// <summary>Matches one of these as a key of C-FIND does: wildcards in text and names, ranges of dates and times.</summary>
    public IReadOnlyList<string>? Matches { get; init; }

    /// <summary>Is not less: a number, date or time.</summary>
    public string? From { get; init; }

    /// <summary>Is not greater: a number, date or time.</summary>
    public string? To { get; init; }

    /// <summary>Has a value in which this regular expression is found; one without backtracking, of up to 256 characters.</summary>
    public string? Regex { get; init; }

    /// <summary>Has a value at all; false: has none.</summary>
    public bool? IsPresent { get; init; }
}
