using System.Diagnostics;
using System.Diagnostics.Metrics;
using Pacs.Dicom.Messages;

namespace Pacs.Dicom.Net;

/// <summary>Names for whoever collects traces and metrics. Nothing of a patient is in them.</summary>
public static class DicomTelemetry
{
    /// <summary>Of the meter and of the activity source.</summary>
    public const string Name = "Pacs.Dicom";

    internal static readonly ActivitySource Activities = new(Name);

    private static readonly Meter Meter = new(Name);
    private static readonly UpDownCounter<int> Active = Meter.CreateUpDownCounter<int>("dicom.associations.active", "{association}", "Associations open now");
    private static readonly Counter<long> Ended = Meter.CreateCounter<long>("dicom.associations", "{association}", "Associations ended, by role and outcome");
    private static readonly Counter<long> Messages = Meter.CreateCounter<long>("dicom.messages", "{message}", "DIMSE messages, by command and direction");
    private static readonly Counter<long> Bytes = Meter.CreateCounter<long>("dicom.network.io", "By", "Bytes of associations, by direction");
    private static readonly Histogram<double> Duration = Meter.CreateHistogram<double>("dicom.request.duration", "s", "Requests performed, by command and status");

    private static readonly KeyValuePair<string, object?> Receive = new("network.io.direction", "receive");
    private static readonly KeyValuePair<string, object?> Transmit = new("network.io.direction", "transmit");

    internal static void AssociationOpened(bool isRequestor) => Active.Add(1, Role(isRequestor));

    internal static void AssociationEnded(bool isRequestor, string outcome)
    {
        Active.Add(-1, Role(isRequestor));
        Ended.Add(1, Role(isRequestor), new("outcome", outcome));
    }

    internal static void Received(int bytes) => Bytes.Add(bytes, Receive);
    internal static void Sent(int bytes) => Bytes.Add(bytes, Transmit);

    internal static void MessageReceived(CommandField command)
    {
        if (Messages.Enabled) Messages.Add(1, new("command", command.ToString()), Receive);
    }

    internal static void MessageSent(CommandField command)
    {
        if (Messages.Enabled) Messages.Add(1, new("command", command.ToString()), Transmit);
    }

    internal static void Performed(CommandField command, DimseStatus status, TimeSpan duration)
    {
        if (Duration.Enabled) Duration.Record(duration.TotalSeconds, new("command", command.ToString()), new("status", status.Value.ToString("X4")));
    }

    private static KeyValuePair<string, object?> Role(bool isRequestor) => new("role", isRequestor ? "requestor" : "acceptor");
}
