using System.Net;
using Pacs.Dicom.CharacterSets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Primitives;
using Pacs.Dicom.TransferSyntaxes;
using Pacs.Storage.Peers;

namespace Pacs.Storage.Access;

/// <summary>What is wrong with peers, listeners, access rules and their rules: a sentence each, with the name of the member before it.</summary>
public static class AccessValidation
{
    /// <summary>Of any time: a day.</summary>
    internal const int MaxSeconds = 24 * 60 * 60;

    /// <summary>Entries of one list.</summary>
    private const int MaxEntries = 1000;

    /// <summary>Characters of one condition.</summary>
    private const int MaxText = 256;

    private const string Address = "IP addresses and networks, as 192.0.2.17, 192.0.2.0/24 or 2001:db8::/32";

    public static IEnumerable<string> Faults(Peer peer)
    {
        if (peer.AeTitle is null || !AeTitle.IsValid(peer.AeTitle)) yield return "AeTitle: 1 to 16 ASCII characters without backslash.";
        var isDicomWebOnly = peer is { Web: not null, Host: null or "", Port: 0 };
        if (!isDicomWebOnly && (string.IsNullOrWhiteSpace(peer.Host) || Uri.CheckHostName(peer.Host) == UriHostNameType.Unknown)) yield return "Host: a host name or an IP address.";
        if (!isDicomWebOnly && peer.Port is < 1 or > 65535) yield return "Port: from 1 to 65535.";
        if (!AreAddresses(peer.Addresses)) yield return $"Addresses: {Address}.";
        if (peer.Tls?.ServerName is { } name && Uri.CheckHostName(name) == UriHostNameType.Unknown) yield return "Tls:ServerName: a host name.";
        if (isDicomWebOnly && peer.Notifications.Count > 0) yield return "Notifications: they go by DIMSE, and need Host and Port.";
        if (peer.Commitment is { WaitSeconds: < 0 or > 3600 }) yield return "Commitment:WaitSeconds: from 0 to 3600.";
        if (peer.Commitment is { ReportTimeoutSeconds: < 1 or > MaxSeconds }) yield return $"Commitment:ReportTimeoutSeconds: from 1 to {MaxSeconds}.";
        if (peer.Commitment is { MaxReferences: < 1 or > 10_000 }) yield return "Commitment:MaxReferences: from 1 to 10000.";
        if (peer.Notifications.Any(n => !Enum.IsDefined(n))) yield return Names<PeerNotification>("Notifications");
        foreach (var fault in Faults(peer.Remote ?? PeerRemote.Default)) yield return $"Remote:{fault}";
        foreach (var fault in Faults(peer.Rules)) yield return $"Rules:{fault}";
        foreach (var fault in Faults(peer.Outbound)) yield return $"Outbound:{fault}";
        foreach (var fault in peer.Web is { } web ? WebValidation.Faults(web) : []) yield return $"Web:{fault}";
        if (peer.Gateway is { } gateway)
        {
            if (peer.Web is null) yield return "Gateway: an archive behind this one is reached by DICOMweb: set Web.";
            foreach (var fault in Faults(gateway)) yield return $"Gateway:{fault}";
        }
    }

    private static IEnumerable<string> Faults(PeerRemote remote)
    {
        if (!Enum.IsDefined(remote.Model)) yield return Names<RemoteModel>("Model");
        if (!Enum.IsDefined(remote.Retrieve)) yield return Names<RetrieveMethod>("Retrieve");
        if (remote.MoveDestination is { } destination && !AeTitle.IsValid(destination)) yield return "MoveDestination: 1 to 16 ASCII characters without backslash.";
        if (remote.Attributes.Count > MaxEntries || !remote.Attributes.All(a => a is not null && DataElementDictionary.TryParse(a, out _)))
            yield return "Attributes: keywords (PatientComments), or eight hexadecimal digits (00104000).";
        if (remote.CharacterSet is { } terms && (terms.Length > MaxText || SpecificCharacterSet.Parse(System.Text.Encoding.ASCII.GetBytes(terms)).DefinedTerms.Count == 0))
            yield return "CharacterSet: defined terms of (0008,0005), as ISO_IR 100.";
        if (remote.StallSeconds is < 1 or > MaxSeconds) yield return $"StallSeconds: from 1 to {MaxSeconds}.";
    }

    public static IEnumerable<string> Faults(PeerOutbound outbound)
    {
        if (outbound.MaxAssociations is < 0 or > 1000) yield return "MaxAssociations: from 0, for no limit, to 1000.";
        if (outbound.ObjectsPerAssociation < 0) yield return "ObjectsPerAssociation: not negative; 0 for no limit.";
        if (outbound.BandwidthKilobytesPerSecond is < 0 or > 100_000_000) yield return "BandwidthKilobytesPerSecond: from 0, for no limit, to 100000000.";
        if (outbound.TimeZone is { } zone && !TimeZoneInfo.TryFindSystemTimeZoneById(zone, out _)) yield return $"TimeZone: {zone} is none, as Europe/Berlin.";
        if (outbound.Hours.Count > MaxEntries || !outbound.Hours.All(PeerSchedule.IsValid)) yield return "Hours: windows with days as Monday, and times as 22:00 and 06:00.";
    }

    private static IEnumerable<string> Faults(Gateway.PeerGateway gateway)
    {
        if (!Enum.IsDefined(gateway.Verification)) yield return Names<Gateway.GatewayVerification>("Verification");
        if (!Enum.IsDefined(gateway.Query)) yield return Names<Gateway.GatewayQuery>("Query");
        if (gateway.KeepMinutes is < 0 or > 60 * 24 * 36500) yield return "KeepMinutes: not negative; left out to keep files for good.";
        if (gateway.QueryTimeoutSeconds is < 1 or > 300) yield return "QueryTimeoutSeconds: from 1 to 300.";
    }

    public static IEnumerable<string> Faults(Listener listener)
    {
        if (listener.Name.Length is 0 or > 64 || listener.Name.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_')))
            yield return "Name: 1 to 64 letters, digits, hyphens and underscores.";
        if (listener.Name == Listener.Default) yield return $"Name: {Listener.Default} is the listener of the configuration.";
        if (listener.Port is < 1 or > 65535) yield return "Port: from 1 to 65535.";
        if (listener.BindAddress != "*" && !IPAddress.TryParse(listener.BindAddress, out _)) yield return "BindAddress: an IP address, or * for all.";
        if (listener.AeTitles.Count > MaxEntries || !listener.AeTitles.All(t => AeTitle.IsValid(t))) yield return "AeTitles: 1 to 16 ASCII characters without backslash each.";
        if (!Enum.IsDefined(listener.Tls)) yield return Names<ListenerTls>("Tls");
        if (listener.MaxAssociations is < 0) yield return "MaxAssociations: not negative; 0 for no limit.";
        if (listener.MaxReceivePduLength is < 4096 or > 1 << 20) yield return "MaxReceivePduLength: from 4096 to 1048576.";
        if (listener.MaxSendPduLength is < 4096 or > 1 << 20) yield return "MaxSendPduLength: from 4096 to 1048576.";
        foreach (var (name, seconds) in new[]
        {
            (nameof(listener.AssociateTimeoutSeconds), listener.AssociateTimeoutSeconds),
            (nameof(listener.NetworkTimeoutSeconds), listener.NetworkTimeoutSeconds),
            (nameof(listener.IdleTimeoutSeconds), listener.IdleTimeoutSeconds),
            (nameof(listener.ResponseTimeoutSeconds), listener.ResponseTimeoutSeconds),
        })
        {
            if (seconds is < 1 or > MaxSeconds) yield return $"{name}: from 1 to {MaxSeconds}.";
        }
        foreach (var fault in Faults(listener.Rules)) yield return $"Rules:{fault}";
    }

    public static IEnumerable<string> Faults(AccessRule rule)
    {
        if (rule.Position < 1) yield return "Position: at least 1.";
        if (rule.Description.Length > MaxText || rule.Description.Any(char.IsControl)) yield return $"Description: up to {MaxText} characters, none of them a control character.";
        if (!Enum.IsDefined(rule.Action)) yield return Names<AccessAction>("Action");
        if (rule.Addresses is { } addresses && (addresses.Count == 0 || !AreAddresses(addresses))) yield return $"Addresses: {Address}; left out for any.";
        foreach (var (name, texts) in new[]
        {
            (nameof(rule.CallingAeTitles), rule.CallingAeTitles),
            (nameof(rule.CalledAeTitles), rule.CalledAeTitles),
            (nameof(rule.ImplementationClassUids), rule.ImplementationClassUids),
            (nameof(rule.Users), rule.Users),
            (nameof(rule.TlsSubjects), rule.TlsSubjects),
            (nameof(rule.Listeners), rule.Listeners),
        })
        {
            // A list without entries would match nobody where its author may have meant everybody.
            if (texts is { Count: 0 or > MaxEntries } || texts?.Any(t => t is null or { Length: 0 or > MaxText }) == true)
                yield return $"{name}: 1 to {MaxEntries} texts of up to {MaxText} characters; left out for any.";
        }
        foreach (var fault in Faults(rule.Rules)) yield return $"Rules:{fault}";
    }

    public static IEnumerable<string> Faults(AssociationRules rules)
    {
        if (rules.Services?.Any(s => !Enum.IsDefined(s)) == true) yield return Names<DimseServiceKind>("Services");
        if (rules.SopClasses is { } classes && (classes.Count > MaxEntries || !classes.All(c => Uid.IsAcceptable(c)))) yield return "SopClasses: SOP Class UIDs.";
        if (rules.StorageSopClasses is { } scope && !Enum.IsDefined(scope)) yield return Names<SopClassScope>("StorageSopClasses");
        if (rules.TransferSyntaxes is { } syntaxes)
        {
            if (syntaxes.Count == 0) yield return "TransferSyntaxes: at least one; left out for all.";
            foreach (var syntax in syntaxes.Where(s => TransferSyntaxRegistry.All.All(t => t.Uid != s)).Take(1)) yield return $"TransferSyntaxes: {syntax} is the UID of none.";
        }
        if (rules.TransferSyntaxOrder is { } order && !Enum.IsDefined(order)) yield return Names<Dicom.Net.TransferSyntaxOrder>("TransferSyntaxOrder");
        if (rules.MaxAssociations is < 1) yield return "MaxAssociations: at least 1; left out for no limit.";
        if (rules.Duplicates is { } duplicates && !Enum.IsDefined(duplicates)) yield return Names<Hosting.DuplicatePolicy>("Duplicates");
        if (rules.Validation is { } validation && !Enum.IsDefined(validation)) yield return Names<ValidationLevel>("Validation");
        if (rules.ValidationAction is { } action && !Enum.IsDefined(action)) yield return Names<ValidationAction>("ValidationAction");
    }

    private static string Names<T>(string member) where T : struct, Enum => $"{member}: {string.Join(", ", Enum.GetNames<T>())}.";

    private static bool AreAddresses(IReadOnlyList<string> addresses) => addresses.Count <= MaxEntries && addresses.All(a => AddressRange.TryParse(a, out _));
}
