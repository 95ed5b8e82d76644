"""Notes the weather of a few towns again and again: python worker.py [SECONDS_BETWEEN [ROUNDS]]."""

import random
import sys
import time

from connection_pattern import connect, create_table, record

TOWNS = {"Berlin": 10, "Nairobi": 24, "Reykjavik": 4, "Singapore": 29}
CONDITIONS = ("sunny", "cloudy", "rain", "wind")


def main():
    pause = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else None
    connection = connect()
    try:
        create_table(connection)
        done = 0
        while rounds is None or done < rounds:
            for town, usual in TOWNS.items():
                record(connection, town, f"{random.gauss(usual, 5):.2f}", random.choice(CONDITIONS))
            done += 1
            print(f"{done * len(TOWNS)} rows written", flush=True)
            time.sleep(pause)
    except KeyboardInterrupt:
        pass
    finally:
        connection.close()


if __name__ == "__main__":
    main()
