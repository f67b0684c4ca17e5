using Pacs.System.Tests.Servers;
using Pacs.TestKit.Processes;

namespace Pacs.System.Tests.Outbound;

/// <summary>One process of all roles that soon goes on with what was broken off.</summary>
public sealed class ImpatientProcess() : ServerFixture(Arrangement.OneProcess, JobClient.Impatient);
