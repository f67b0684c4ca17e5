using System.Globalization;
using System.IO.Enumeration;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Primitives;
using Pacs.Storage.Access;

namespace Pacs.Storage.Routing;

/// <summary>Reads the conditions of a rule into what is held against objects, and collects all that is wrong with them.</summary>
/// <param name="faults">Takes a sentence for each fault, with the name of the member before it.</param>
internal sealed class RoutingConditionReader(ICollection<string> faults)
{
    private const int MaxDepth = 8;
    private const int MaxConditions = 200;
    private const int MaxEntries = 1000;
    private const int MaxText = 256;

    private int _count;

    /// <param name="condition">As given.</param>
    /// <param name="name">Of the member, for faults.</param>
    /// <param name="ofAttributesOnly">Where it came from cannot be asked.</param>
    public RoutingTest Read(RoutingCondition condition, string name, bool ofAttributesOnly = false) => Read(condition, name, ofAttributesOnly, 0);

    private RoutingTest Read(RoutingCondition c, string name, bool ofAttributesOnly, int depth)
    {
        var tests = new List<RoutingTest>();
        if (depth > MaxDepth || ++_count > MaxConditions)
        {
            faults.Add($"{name}: at most {MaxConditions} conditions, up to {MaxDepth} within one another.");
            return RoutingTest.All([]);
        }
        var before = faults.Count;
        Patterns(c.CallingAeTitles, "callingAeTitles", s => s.Source.CallingAeTitle);
        Patterns(c.CalledAeTitles, "calledAeTitles", s => s.Source.CalledAeTitle);
        Patterns(c.Listeners, "listeners", s => s.Source.Listener);
        Patterns(c.Protocols, "protocols", s => s.Source.Protocol);
        if (c.Addresses is { } addresses)
        {
            if (IsList(addresses, "addresses") && !addresses.All(a => AddressRange.TryParse(a, out _)))
                faults.Add($"{name}.addresses: IP addresses and networks, as 192.0.2.17, 192.0.2.0/24 or 2001:db8::/32.");
            else Add($"addresses {Listed(addresses)}", s => s.Address is { } address && AddressRange.Contains(addresses, address));
        }
        Values(c.Modalities, "modalities", Tags.Modality);
        Values(c.SopClasses, "sopClasses", Tags.SOPClassUID);
        if (c.TimeOfDay is { } time) ReadTime(time);
        if (c.Weekdays is { } days)
        {
            if (days.Count is 0 or > 7 || days.Any(d => !Enum.IsDefined(d))) faults.Add($"{name}.weekdays: {string.Join(", ", Enum.GetNames<DayOfWeek>())}.");
            else Add($"weekdays {string.Join(", ", days)}", s => days.Contains(s.ReceivedAt.DayOfWeek));
        }
        if (ofAttributesOnly && (tests.Count > 0 || faults.Count > before) && c is not { CallingAeTitles: null, CalledAeTitles: null, Listeners: null, Protocols: null, Addresses: null, TimeOfDay: null, Weekdays: null })
            faults.Add($"{name}: of attributes, modalities and SOP classes only.");
        ReadAttribute();
        if (c.All is { } all && IsParts(all, "all")) tests.Add(RoutingTest.All(all.Select((p, i) => Read(p, $"{name}.all[{i}]", ofAttributesOnly, depth + 1))));
        if (c.Any is { } any && IsParts(any, "any")) tests.Add(RoutingTest.Any($"{name}.any", any.Select((p, i) => Read(p, $"{name}.any[{i}]", ofAttributesOnly, depth + 1))));
        if (c.Not is { } not)
        {
            var inner = Read(not, $"{name}.not", ofAttributesOnly, depth + 1);
            Add("not", s => !inner.IsMet(s));
        }
        // One without anything in it would take every object where its author may have forgotten something.
        if (tests.Count == 0 && faults.Count == before) faults.Add($"{name}: holds nothing; leave it out for any object.");
        return RoutingTest.All(tests);

        void Add(string text, Func<RoutingSubject, bool> test) => tests.Add(new RoutingTest($"{name}: {text}", test));

        bool IsList(IReadOnlyList<string> list, string member)
        {
            if (list.Count is > 0 and <= MaxEntries && list.All(t => t is { Length: > 0 and <= MaxText })) return true;
            faults.Add($"{name}.{member}: 1 to {MaxEntries} texts of up to {MaxText} characters; left out for any.");
            return false;
        }

        bool IsParts(IReadOnlyList<RoutingCondition> parts, string member)
        {
            if (parts.Count is > 0 and <= MaxConditions && parts.All(p => p is not null)) return true;
            faults.Add($"{name}.{member}: 1 to {MaxConditions} conditions.");
            return false;
        }

        void Patterns(IReadOnlyList<string>? patterns, string member, Func<RoutingSubject, string?> text)
        {
            if (patterns is null || !IsList(patterns, member)) return;
            Add($"{member} {Listed(patterns)}", s => text(s) is { } t && patterns.Any(p => FileSystemName.MatchesSimpleExpression(p, t, ignoreCase: false)));
        }

        void Values(IReadOnlyList<string>? values, string member, Tag tag)
        {
            if (values is null || !IsList(values, member)) return;
            Add($"{member} {Listed(values)}", s => s.Dataset.GetString(tag) is { } value && values.Contains(value));
        }

        void ReadTime(string text)
        {
            if (text.Split('-') is not [var from, var to] || !TryParseTime(from, out var start) || !TryParseTime(to, out var end) || start == end)
                faults.Add($"{name}.timeOfDay: two different times, as 22:00-06:00.");
            else Add($"timeOfDay {text}", s => TimeOnly.FromDateTime(s.ReceivedAt.DateTime).IsBetween(start, end));
        }

        void ReadAttribute()
        {
            if (c.Attribute is null)
            {
                if (c is not { PrivateCreator: null, EqualTo: null, Matches: null, From: null, To: null, Regex: null, IsPresent: null })
                    faults.Add($"{name}: what is tested needs its attribute.");
                return;
            }
            foreach (var (member, list) in new[] { ("equalTo", c.EqualTo), ("matches", c.Matches) })
                if (list is not null && !IsList(list, member)) return;
            var reader = new AttributeTestReader(c, $"{name}.attribute", faults);
            if (reader.Read() is { } test) Add($"attribute {c.Attribute}", s => test(s.Dataset));
        }
    }

    private static bool TryParseTime(string text, out TimeOnly time) => TimeOnly.TryParseExact(text, "HH':'mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out time);

    private static string Listed(IReadOnlyList<string> texts) => texts.Count <= 5 ? string.Join(", ", texts) : $"{string.Join(", ", texts.Take(5))}, …";
}
