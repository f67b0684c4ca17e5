using System.CommandLine;
using System.Globalization;
using Pacs.Bench.Workloads;
using Pacs.TestKit.Processes;

namespace Pacs.Bench.Commands;

/// <summary>The options that say what is measured.</summary>
internal sealed class TargetOptions
{
    private readonly Option<string?> _dimse = new("--dimse") { Description = "DIMSE side, as PACS@127.0.0.1:11112" };
    private readonly Option<string?> _http = new("--http") { Description = "Root of the DICOMweb services, as http://127.0.0.1:8080/dicomweb/" };
    private readonly Option<int[]> _pids = new("--pid") { Description = "Processes of the server and of its database, whose CPU and memory are measured", AllowMultipleArgumentsPerToken = true };

    public void AddTo(Command command)
    {
        command.Options.Add(_dimse);
        command.Options.Add(_http);
        command.Options.Add(_pids);
    }

    public Target Read(ParseResult arguments) => new(
        arguments.GetValue(_dimse) ?? arguments.GetValue(_http) ?? "",
        arguments.GetValue(_dimse) is { } dimse ? Address(dimse) : null,
        arguments.GetValue(_http) is { } http ? new Uri(http) : null,
        arguments.GetValue(_pids) ?? []);

    private static DicomAddress Address(string text)
    {
        if (text.Split('@') is [var title, var endpoint] && endpoint.LastIndexOf(':') is > 0 and var colon && int.TryParse(endpoint[(colon + 1)..], CultureInfo.InvariantCulture, out var port))
            return new DicomAddress(title, port, endpoint[..colon]);
        throw new FormatException($"{text} is no DIMSE address: AET@host:port.");
    }
}
